//! How a mail gets its styles: the rules of `mail.css`, inlined by a library into a style attribute at each element.
//!
//! The library reads a page, resolves every rule and writes the page anew, which for each of fifty thousand mails would cost
//! more than sending it. But only the templates have classes, never what is filled in; so each list of classes is inlined
//! once in the life of the process, and its style stands beside it in every mail from then on. A test holds that this is
//! what the library makes of each mail as a whole.

use css_inline::CSSInliner;
use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{LazyLock, PoisonError, RwLock},
};

const RULES: &str = include_str!("mail.css");

/// By list of classes, as it stands in the templates.
static STYLES: LazyLock<RwLock<HashMap<String, String>>> = LazyLock::new(RwLock::default);

/// The page with a style beside each list of classes. Values are escaped, so none of their words looks like one.
pub(super) fn inline(page: &str) -> String {
    loop {
        let unknown = match with_known(page) {
            Ok(inlined) => return inlined,
            Err(unknown) => unknown.to_owned(),
        };
        let style = style_of(&unknown);
        STYLES.write().unwrap_or_else(PoisonError::into_inner).insert(unknown, style);
    }
}

/// The same, or the first list of classes that was never met before.
fn with_known(page: &str) -> Result<String, &str> {
    const BEGIN: &str = "class=\"";
    let styles = STYLES.read().unwrap_or_else(PoisonError::into_inner);
    let mut inlined = String::with_capacity(page.len() * 2);
    let mut rest = page;
    while let Some((before, behind)) = rest.split_once(BEGIN) {
        let Some((classes, behind)) = behind.split_once('"') else { break };
        let style = styles.get(classes).ok_or(classes)?;
        inlined.extend([before, BEGIN, classes, "\""]);
        if !style.is_empty() {
            inlined.extend([" style=\"", style, "\""]);
        }
        rest = behind;
    }
    inlined.push_str(rest);
    Ok(inlined)
}

/// What the rules say of an element with these classes.
fn style_of(classes: &str) -> String {
    let element = format!("<p class=\"{classes}\"></p>");
    // Without styles a mail can be read all the same, while an error would undo what it tells of.
    let inlined = inliner().inline_fragment(&element, "").unwrap_or_else(|error| {
        tracing::error!(%error, classes, "the styles of a mail could not be inlined");
        String::new()
    });
    inlined.split_once("style=\"").and_then(|(_, rest)| rest.split_once('"')).map_or("", |(style, _)| style).to_owned()
}

fn inliner() -> CSSInliner<'static> {
    CSSInliner::options()
        .load_remote_stylesheets(false)
        .inline_style_tags(false)
        .keep_style_tags(true)
        .minify_css(true)
        .extra_css(Some(Cow::Borrowed(RULES)))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::layout::tests::letters;

    /// The style of each element that has one, in order.
    fn styles(page: &str) -> Vec<&str> {
        page.split("style=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn each_mail_looks_as_the_library_inlines_it_as_a_whole() {
        for letter in letters() {
            let mut bare = String::new();
            let mut rest = letter.html.as_str();
            while let Some((before, behind)) = rest.split_once(" style=\"") {
                bare.push_str(before);
                rest = behind.split_once('"').unwrap().1;
            }
            bare.push_str(rest);
            let whole = inliner().inline(&bare).unwrap();
            assert!(styles(&whole).len() > 15, "{whole}");
            assert_eq!(styles(&letter.html), styles(&whole), "{}", letter.kind);
            assert!(whole.contains("@media (prefers-color-scheme: dark)"), "{whole}");
        }
    }

    #[test]
    fn what_cannot_be_inlined_stays_and_every_class_has_its_rules() {
        for letter in letters() {
            let (head, body) = letter.html.split_once("</head>").unwrap();
            assert!(head.contains("@media (prefers-color-scheme: dark)") && head.contains("@media (max-width: 620px)"));
            for element in body.split(" class=\"").skip(1) {
                let (classes, rest) = element.split_once('"').unwrap();
                assert!(rest.starts_with(" style=\""), "{classes} in {}", letter.kind);
            }
        }
    }

    #[test]
    fn only_single_classes_are_selectors() {
        // Whatever asks for more than an element's own classes would be missed.
        let (_, rules) = RULES.split_once("*/").unwrap();
        let selectors: Vec<_> = rules.split('}').filter_map(|rule| Some(rule.split_once('{')?.0.trim())).collect();
        assert!(selectors.len() > 20);
        for selector in selectors {
            let name = selector.strip_prefix(".m-").unwrap_or_else(|| panic!("{selector}"));
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{selector}");
        }
    }

    #[test]
    fn words_that_look_like_a_class_are_words() {
        let page = "<p class=\"m-ink\">class=&#34;m-ink&#34;</p>";
        assert_eq!(inline(page), "<p class=\"m-ink\" style=\"color:#112b22\">class=&#34;m-ink&#34;</p>");
    }
}
