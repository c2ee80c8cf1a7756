//! What a page says to machines: schema.org as JSON-LD. Only what stands on the page as well, and nothing that we do not know.

use crate::domain::practice::Practice;
use serde_json::{Value, json};

/// The statements of a page as text for a `script` element. `<` is written as JSON writes it, so that nothing inside can end
/// the element.
pub fn graph(statements: &[Value]) -> String {
    json!({ "@context": "https://schema.org", "@graph": statements }).to_string().replace('<', "\\u003c")
}

/// Where the page stands: each step with its path below `base`.
pub fn breadcrumbs(base: &str, steps: &[(&str, &str)]) -> Value {
    let items: Vec<_> = steps
        .iter()
        .zip(1_u8..)
        .map(|((name, path), position)| {
            json!({ "@type": "ListItem", "position": position, "name": name, "item": format!("{base}{path}") })
        })
        .collect();
    json!({ "@type": "BreadcrumbList", "itemListElement": items })
}

/// Questions and answers of the page.
pub fn questions<'a>(all: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let asked: Vec<_> = all
        .map(|(question, answer)| {
            json!({
                "@type": "Question",
                "name": question,
                "acceptedAnswer": { "@type": "Answer", "text": answer },
            })
        })
        .collect();
    json!({ "@type": "FAQPage", "mainEntity": asked })
}

/// The practice; before one was loaded, the site.
pub fn practice(base: &str, practice: Option<&Practice>) -> Value {
    match practice {
        Some(practice) => json!({
            "@type": "MedicalBusiness",
            "@id": format!("{base}/#practice"),
            "name": practice.name,
            "address": practice.address,
            "telephone": practice.phone,
            "email": practice.email,
            "url": format!("{base}/"),
        }),
        None => json!({
            "@type": "Organization",
            "@id": format!("{base}/#practice"),
            "name": "Common Ground",
            "url": format!("{base}/"),
        }),
    }
}

/// A reference to the practice, where the page does not describe it.
pub fn practice_id(base: &str) -> Value {
    json!({ "@id": format!("{base}/#practice") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inside_ends_the_element() {
        let text = graph(&[questions([("Why </script><script>alert(1)</script>?", "<!-- & no")].into_iter())]);
        assert!(!text.contains('<'), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["@graph"][0]["mainEntity"][0]["name"], "Why </script><script>alert(1)</script>?");
    }

    #[test]
    fn breadcrumbs_count_from_one() {
        let crumbs = breadcrumbs("https://a.example", &[("Topics", "/topics"), ("Anxiety", "/topics/anxiety")]);
        assert_eq!(crumbs["itemListElement"][1]["position"], 2);
        assert_eq!(crumbs["itemListElement"][1]["item"], "https://a.example/topics/anxiety");
    }
}
