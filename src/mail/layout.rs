//! What all mails share: `base.html` and `base.txt` with the practice's address, why one gets the mail, and where help
//! is; and how a template becomes text.

use super::styles;
use askama::Template;

/// Who writes, for the foot of every mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PracticeLine {
    /// Name of the practice.
    pub name: String,
    /// Postal address in one line.
    pub address: String,
    /// Phone.
    pub phone: String,
}

impl PracticeLine {
    /// One line for the foot. An installation without a practice yet has only a name.
    pub(super) fn name_and_address(&self) -> String {
        if self.address.is_empty() { self.name.clone() } else { format!("{}, {}", self.name, self.address) }
    }
}

/// A rendered body. It ends with one line break and has no run of empty lines.
pub(super) fn text(template: &impl Template) -> String {
    let mut text = rendered(template);
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    format!("{}\n", text.trim())
}

/// A rendered HTML body, with its styles inlined. Whatever is not ASCII is written by its number, so that it goes out as it
/// stands.
pub(super) fn html(template: &impl Template) -> String {
    let page = styles::inline(&text(template));
    if page.is_ascii() {
        return page;
    }
    let mut plain = String::with_capacity(page.len() + 64);
    for c in page.chars() {
        if c.is_ascii() { plain.push(c) } else { plain.extend(["&#", &u32::from(c).to_string(), ";"]) }
    }
    plain
}

/// A rendered subject: one line.
pub(super) fn line(template: &impl Template) -> String {
    rendered(template).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn rendered(template: &impl Template) -> String {
    // Rendering only fails where a value fails to be written, and text never does. Should it happen, a mail without
    // words is seen in the outbox, while an error here would undo what the mail tells of.
    template.render().unwrap_or_else(|error| {
        tracing::error!(%error, "a mail could not be rendered");
        String::new()
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{
        domain::topic::Topic,
        mail::{Letter, digest, notice, seat_confirmed, sign_in_code},
    };

    pub(in crate::mail) fn practice() -> PracticeLine {
        PracticeLine {
            name: "Alder & Ash <Group Practice>".to_owned(),
            address: "214 Alder Street, Brooklyn, NY 11201".to_owned(),
            phone: "+1 718 555 0100".to_owned(),
        }
    }

    /// What a reader of the HTML sees: without head, tags and hidden preview, with entities resolved.
    pub(in crate::mail) fn visible(html: &str) -> String {
        let body = html.split_once("</div>").unwrap().1;
        let mut text = String::new();
        let mut inside = false;
        for c in body.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => text.push(c),
                _ => {}
            }
        }
        let mut parts = text.split("&#");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (number, rest) = part.split_once(';').unwrap();
            text.push(char::from_u32(number.parse().unwrap()).unwrap());
            text.push_str(rest);
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Every mail there is: add each new one here.
    pub(in crate::mail) fn letters() -> Vec<Letter> {
        let own = [sign_in_code::tests::example(), seat_confirmed::tests::example()];
        own.into_iter().chain(digest::tests::examples()).chain(notice::tests::examples()).collect()
    }

    #[test]
    fn every_mail_has_its_folder_and_a_subject_of_one_line() {
        for letter in letters() {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mail").join(letter.kind);
            for file in ["subject.txt", "text.txt", "html.html"] {
                assert!(folder.join(file).is_file(), "{}/{file}", letter.kind);
            }
            assert!(!letter.subject.is_empty() && letter.subject.len() < 60 && !letter.subject.contains('\n'));
            assert!(letter.event_key.starts_with(&format!("{}:", letter.kind)));
        }
    }

    #[test]
    fn every_mail_says_who_writes_why_and_where_help_is() {
        for letter in letters() {
            for twin in [letter.text.clone(), visible(&letter.html)] {
                for words in [
                    "Alder & Ash <Group Practice>, 214 Alder Street, Brooklyn, NY 11201",
                    "+1 718 555 0100",
                    "You get this because",
                    "In an emergency call 911. To talk with somebody now, call or text 988.",
                ] {
                    assert!(twin.contains(words), "{words}: {twin}");
                }
            }
            assert!(letter.html.contains("<title>"), "{}", letter.html);
            assert!(letter.html.contains(&format!("<title>{}</title>", letter.subject)), "{}", letter.html);
        }
    }

    #[test]
    fn html_is_escaped_and_text_is_not() {
        for letter in letters() {
            assert!(!letter.html.contains("<Group Practice>"));
            assert!(letter.text.contains("<Group Practice>"));
            assert!(!letter.text.contains("&#"));
        }
    }

    #[test]
    fn no_mail_names_a_topic_or_a_kind_of_care() {
        let topics = Topic::ALL.into_iter().flat_map(|topic| [topic.name(), topic.in_sentence(), topic.slug()]);
        let words = topics.chain([
            "therapy",
            "therapist",
            "skills group",
            "process group",
            "support group",
            "DBT",
            "PTSD",
            "OCD",
            "disorder",
            "diagnos",
            "score",
            "mental",
            "patient",
            "counsel",
            "treatment",
        ]);
        for word in words {
            for letter in letters() {
                for part in [&letter.subject, &letter.text, &visible(&letter.html)] {
                    assert!(!part.to_lowercase().contains(&word.to_lowercase()), "{word} in {part}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_fetched_and_nothing_is_praised() {
        for letter in letters() {
            for word in ["<img", "<link", "<script", "src=", "url(", "@import", "<iframe"] {
                assert!(!letter.html.contains(word), "{word}");
            }
            for twin in [&letter.text, &visible(&letter.html)] {
                assert!(!twin.contains('!') && !twin.to_lowercase().contains(" just "), "{twin}");
            }
        }
    }

    #[test]
    fn every_link_of_the_html_stands_in_the_text() {
        for letter in letters() {
            let links: Vec<_> =
                letter.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            assert!(!links.is_empty());
            for link in links {
                assert!(letter.text.contains(&link.replace("&#38;", "&")), "{link}");
            }
        }
    }
}
