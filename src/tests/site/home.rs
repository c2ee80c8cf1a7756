//! Home: what somebody finds who arrives there.

use super::TestApp;

/// What stands between two pieces of markup, the first time.
fn between<'a>(body: &'a str, from: &str, to: &str) -> &'a str {
    body.split(from).nth(1).unwrap_or_else(|| panic!("{from} in {body}")).split(to).next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn home_asks_for_the_state_and_shows_what_comes_next() {
    let test = TestApp::demo().await;
    let page = test.browser().get("/").await;

    let form = between(&page.body, "<form action=\"/groups\" class=\"hero-form\"", "</form>");
    assert!(form.contains("Where are you right now?") && form.contains("name=\"state\""), "{form}");
    assert!(form.contains("Show groups I can join"), "{form}");
    let circle = between(&page.body, "This circle is real: ", "</p>");
    assert!(circle.contains("href=\"/groups/") && circle.contains(" free seat"), "{circle}");

    let next = between(&page.body, "Next meetings with free seats", "</section>");
    let rows: Vec<_> = next.split("<li class=\"slot\"").skip(1).collect();
    assert_eq!(rows.len(), 4, "{next}");
    for row in rows {
        assert!(row.contains(" free<") && !row.contains("waiting") && !row.contains("0 seats"), "{row}");
    }

    let how = between(&page.body, "id=\"how\"", "</section>");
    let steps: Vec<_> = how.split("<h3>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert_eq!(steps, ["Find a time you can keep", "Reserve your seat", "Meet, and practice in between"]);
}

/// Before there are groups there is the question, and no empty list.
#[tokio::test(flavor = "multi_thread")]
async fn home_of_an_empty_practice_names_no_meeting() {
    let page = TestApp::new().await.browser().get("/").await;
    assert!(page.body.contains("Where are you right now?") && !page.body.contains("Next meetings"), "{}", page.body);
}

/// What home quotes from the agreement stands in the agreement.
#[tokio::test(flavor = "multi_thread")]
async fn home_quotes_the_agreement_as_it_is() {
    let page = TestApp::new().await.browser().get("/").await;
    let figure = between(&page.body, "<figure class=\"how-quote\"", "</figure>");
    let quote = between(figure, "<p>", "</p>");
    assert!(figure.contains("href=\"/agreements#group\""), "{figure}");
    assert!(quote.len() > 20 && include_str!("../../content/agreements/group.md").contains(quote), "{quote}");
}

/// How people fare is said only where it was computed; until there is something to compute, home says nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn home_claims_no_outcome() {
    let page = TestApp::demo().await.browser().get("/").await;
    let main = between(&page.body, "<main", "</main>");
    let text: String = main.split('<').filter_map(|rest| rest.split_once('>')).map(|(_, text)| text).collect();
    assert!(text.contains("How it works"), "a negative control: {text}");
    let text = text.to_lowercase();
    for claim in ["%", "percent", "improve", "recover", "proven", "works for"] {
        assert!(!text.contains(claim), "{claim}: {text}");
    }
}
