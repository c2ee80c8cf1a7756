//! Privacy, terms, the notice of privacy practices, accessibility: our own texts, with the practice's name and addresses in them.

use super::{
    content::{pages::sections, texts},
    learn::shown,
    lengths::with_lengths,
    linked_data::{breadcrumbs, graph},
    reserve::version_words,
    state::App,
};
use crate::{
    api::{legal::LegalPage, text::HeadText},
    domain::practice::Practice,
    error::AppError,
    store::practice,
};

/// One of these pages.
pub async fn page(app: &App, slug: &str) -> Result<LegalPage, AppError> {
    let text = texts::find_legal(slug).ok_or(AppError::NotFound)?;
    let practice = practice::find(app.store.reads()).await?;
    let path = format!("/{}", text.slug);
    let data = graph(&[breadcrumbs(&app.settings.public_url, &[(text.name.as_str(), &path)])]);
    Ok(LegalPage {
        head: HeadText { title: text.title.clone(), description: text.description.clone(), path, data },
        name: text.name.clone(),
        lead: text.lead.clone(),
        version: version_words(&text.version),
        sections: shown(&sections(&with_lengths(&filled(&text.body, practice.as_ref()), &app.settings.durations))),
    })
}

/// Puts the practice into a text. Before one was loaded, the words say what would stand there.
fn filled(body: &str, practice: Option<&Practice>) -> String {
    let value = |of: fn(&Practice) -> &str, none: &str| practice.map_or_else(|| none.to_owned(), |it| escaped(of(it)));
    body.replace("{practice}", &value(|practice| &practice.name, "the practice"))
        .replace("{address}", &value(|practice| &practice.address, "the practice’s address"))
        .replace("{phone}", &value(|practice| &practice.phone, "the practice’s phone"))
        .replace("{email}", &value(|practice| &practice.email, "the practice’s e-mail address"))
}

/// A text as Markdown shows it unchanged.
fn escaped(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            found.push('\\');
        }
        found.push(letter);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::{auth, content::to_html, flash, preferences::SCHEME_COOKIE, reader::ZONE_COOKIE};
    use std::collections::BTreeSet;

    /// Whoever adds a cookie adds it here and to the text, and looks at the footer, which says what they are for.
    #[test]
    fn the_text_on_privacy_names_every_cookie() {
        let body = &texts::find_legal("privacy").unwrap().body;
        let section = body.split("# Cookies\n").nth(1).unwrap().split("\n# ").next().unwrap();
        let named: BTreeSet<_> = section.split("**").skip(1).step_by(2).collect();
        let set = [auth::SESSION_COOKIE[0], auth::BROWSER_COOKIE[0], ZONE_COOKIE, SCHEME_COOKIE];
        let set: BTreeSet<_> = set.into_iter().chain(flash::HOST_NAMES).collect();
        assert_eq!(named, set);
        assert_eq!(set.len(), 6, "the text says how many");
        assert!(section.contains("There are six."));
    }

    /// What the table of who sees what cannot say in a cell: the notes of the rules of the domain.
    #[test]
    fn the_text_before_the_table_has_its_notes() {
        let body = &texts::find_legal("privacy").unwrap().body;
        let section = body.split("# Who sees what\n").nth(1).unwrap().split("\n# ").next().unwrap();
        for note in [
            "24 hours before that meeting to 48 hours after it",
            "writes down a reason, sees more for one hour, and your therapist is told",
            "finds a member by the exact e-mail address only",
            "Before your first one you are told who sees it",
            "sees your own answers only if you allow it",
            "can read for 30 more days what was written until then",
            "What is not in the table, nobody sees",
            "a line is written that says who and when",
        ] {
            assert!(section.contains(note), "{note}");
        }
    }

    #[test]
    fn a_practice_is_put_in_as_it_is_called() {
        let practice = Practice {
            name: "Smith & <b>Sons</b> *Group* [x](javascript:y)".into(),
            address: "1. Some_Street_".into(),
            phone: "+1 555 010 0100".into(),
            email: "office@a_b_c.example".into(),
            zone: String::new(),
            billing: String::new(),
        };
        let html = to_html(&filled("{practice}, {address}, {phone}, {email}", Some(&practice)));
        assert_eq!(
            html.trim(),
            "<p>Smith &amp; &lt;b&gt;Sons&lt;/b&gt; *Group* [x](javascript:y), 1. Some_Street_, +1 555 010 0100, office@a_b_c.example</p>"
        );
        assert_eq!(to_html(&filled("{practice}", None)).trim(), "<p>the practice</p>");
    }
}
