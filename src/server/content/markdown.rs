//! Markdown to HTML that is safe to embed.

use ammonia::Builder;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use std::sync::LazyLock;

/// Tags that a text may have. No picture: it would be asked for from somebody else's server.
const TAGS: [&str; 15] =
    ["p", "h3", "h4", "h5", "h6", "ul", "ol", "li", "em", "strong", "blockquote", "a", "hr", "br", "code"];

/// Renders a text that is embedded below the two upper headings of a page: its first level becomes h3, its second h4.
///
/// Whatever is not plain text, lists, emphasis and links is taken out, whoever wrote it.
pub fn to_html(markdown: &str) -> String {
    render(markdown, 2)
}

/// Renders a text that stands below a heading of the second level: its own second level becomes h3.
pub fn section_html(markdown: &str) -> String {
    render(markdown, 1)
}

fn render(markdown: &str, below: usize) -> String {
    static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
        let mut builder = Builder::empty();
        builder
            .tags(TAGS.into())
            .tag_attributes([("a", ["href"].into()), ("ol", ["start"].into())].into())
            .clean_content_tags(["script", "style"].into())
            .url_schemes(["https", "mailto", "tel", "sms"].into())
            .link_rel(Some("noopener noreferrer"));
        builder
    });
    let mut text = String::with_capacity(markdown.len() * 5 / 4);
    html::push_html(&mut text, Parser::new_ext(markdown, Options::empty()).map(|event| lowered(event, below)));
    CLEANER.clean(&text).to_string()
}

fn lowered(event: Event<'_>, below: usize) -> Event<'_> {
    match event {
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: lower(level, below), id, classes, attrs })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level, below))),
        other => other,
    }
}

fn lower(level: HeadingLevel, below: usize) -> HeadingLevel {
    HeadingLevel::try_from(level as usize + below).unwrap_or(HeadingLevel::H6)
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn headings_stand_two_levels_lower() {
        let html = to_html("# One\n\n## Two\n\n### Three\n\n##### Five\n\nText *em* **strong**");
        assert_eq!(
            html.replace('\n', ""),
            "<h3>One</h3><h4>Two</h4><h5>Three</h5><h6>Five</h6><p>Text <em>em</em> <strong>strong</strong></p>"
        );
    }

    #[test]
    fn nothing_that_runs_or_loads_survives() {
        let html = to_html(
            "<script>alert(1)</script>\n\n<p onclick=\"x()\" style=\"color:red\">a</p>\n\n![b](https://tracker.example/p.png)\n\n\
             [c](javascript:alert(1)) [d](https://example.org) [e](/help-now) [f](tel:988) <iframe src=\"https://example.org\"></iframe>",
        );
        for bad in ["script", "onclick", "style", "img", "tracker", "iframe"] {
            assert!(!html.contains(bad), "{bad}: {html}");
        }
        for good in ["href=\"https://example.org\"", "href=\"/help-now\"", "href=\"tel:988\""] {
            assert!(html.contains(good), "{good}: {html}");
        }
    }
}
