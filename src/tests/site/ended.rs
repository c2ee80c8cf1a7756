//! The page of a group that has ended, ends, or has no meeting before it: it stays, and says how it stands.

use super::TestApp;
use crate::support::Answer;
use axum::http::StatusCode;
use sqlx::Connection as _;

const LOW_TIDE: &str = "/groups/low-tide";
const CANCEL: &str =
    "update meetings set status = 'cancelled' where group_id = (select id from groups where slug = 'low-tide')";
/// What no page may show of a group in which no seat can be had, and what an empty list leaves behind.
const NEVER: [&str; 6] = ["seats are free", "seats free", "Reserve a seat", ". .", " in  ", "in . "];

async fn change(test: &TestApp, statement: &'static str) {
    let mut owner = sqlx::PgConnection::connect(&test.owner_url).await.unwrap();
    sqlx::query(statement).execute(&mut owner).await.unwrap();
}

/// What stands on the page between header and footer.
fn main_of(page: &Answer) -> &str {
    assert_eq!(page.status, StatusCode::OK);
    page.body.split("<main").nth(1).expect("main").split("</main>").next().unwrap()
}

fn says_nothing_of(main: &str, never: &[&str]) {
    for words in never {
        assert!(!main.contains(words), "{words:?}: {main}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_has_ended_says_so_and_leads_on() {
    let test = TestApp::demo().await;
    let page = test.browser().get(LOW_TIDE).await;
    let main = main_of(&page);
    for words in ["seats are free", "Reserve a seat", "Coming meetings", "Who it is for"] {
        assert!(main.contains(words), "a negative control, {words}: {main}");
    }
    change(&test, "update groups set status = 'closed', closes_on = starts_on where slug = 'low-tide'").await;
    change(&test, CANCEL).await;
    change(
        &test,
        "update seats set state = 'free', member_id = null, hold_id = null, reservation_id = null, held_at = null,
           held_until = null, offer_id = null, renewals = 0
         where group_id = (select id from groups where slug = 'low-tide')",
    )
    .await;
    let page = test.browser().get("/groups/low-tide?state=NY").await;
    let main = main_of(&page);
    assert_eq!(main.matches("This group has ended.").count(), 1, "{main}");
    says_nothing_of(main, &NEVER);
    says_nothing_of(main, &["Coming meetings", "Who it is for", "<svg class=\"ring", "Next meeting"]);
    let on = "href=\"/groups?state=NY&amp;topic=depression\"";
    assert!(main.contains(on) && main.contains("See other groups on this topic"), "{main}");
    assert!(main.contains("href=\"/therapists/miriam-lindqvist\"") && main.contains("Who led it"), "{main}");
    // Where its link leads there are such groups, and it is none of them.
    let list = test.browser().get("/groups?state=NY&topic=depression").await;
    assert!(list.body.contains("class=\"slot\"") && !list.body.contains("href=\"/groups/low-tide"), "{}", list.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_ends_shows_its_last_meetings_and_no_seat() {
    let test = TestApp::demo().await;
    change(&test, "update groups set status = 'closed', closes_on = current_date + 30 where slug = 'low-tide'").await;
    let page = test.browser().get(LOW_TIDE).await;
    let main = main_of(&page);
    assert_eq!(main.matches("This group comes to its end and takes nobody new.").count(), 1, "{main}");
    assert!(main.contains("Coming meetings") && main.contains("Who it is for"), "{main}");
    says_nothing_of(main, &NEVER);
    assert!(page.body.contains("\"noindex\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_a_next_meeting_names_no_time_and_no_empty_list() {
    let test = TestApp::demo().await;
    change(&test, CANCEL).await;
    let page = test.browser().get(LOW_TIDE).await;
    let main = main_of(&page);
    assert_eq!(main.matches("No meeting is planned at the moment").count(), 1, "{main}");
    says_nothing_of(main, &NEVER);
    says_nothing_of(main, &["Coming meetings", "past its second week", "<svg class=\"ring"]);
    assert!(!page.body.contains("\"noindex\""), "it goes on");
}

/// A leader whose last authority has ended: no list of states with nothing in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_who_may_practice_nowhere_is_said_to() {
    let test = TestApp::demo().await;
    change(&test, "update authorities set valid_from = '2019-01-01', valid_to = '2019-12-31'").await;
    let page = test.browser().get(LOW_TIDE).await;
    let main = main_of(&page);
    for words in
        ["you are in a state where Miriam may practice.", "Miriam may not see people in any state at the moment."]
    {
        assert!(main.contains(words), "{words}: {main}");
    }
    says_nothing_of(main, &[" in .", " in  "]);
    let page = test.browser().get("/groups?state=OH").await;
    let words = "At the moment no therapy group is open in any state. In Ohio you can join a DBT skills group";
    assert!(page.body.contains(words), "{}", page.body);
}

/// A practice without anything: the state question is answered all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_practice_names_no_empty_list_of_states() {
    let page = TestApp::new().await.browser().get("/groups?state=OH").await;
    let words = "At the moment no therapy group is open in any state. There is no group to join in Ohio at the moment.";
    assert!(page.body.contains(words) && !page.body.contains("licensed in ."), "{}", page.body);
}
