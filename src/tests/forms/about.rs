//! "About you", step 1.

use super::{BREAK, Guest, LETTERS, MARKUP, NUL, assert_wrong_at, back, changed, fields, long, refusal};
use crate::journey::about;
use axum::http::StatusCode;
use common_ground::error::AppError;

const ACTION: &str = "/api/reserve/about";
/// How often she is kept.
const NAMED: &str = "select count(*) from members join accounts on id = account_id where email = 'robin@example.com' and legal_name is not null";
const FIELDS: [&str; 9] = [
    "display_name",
    "legal_name",
    "phone",
    "state",
    "birth_month",
    "birth_day",
    "birth_year",
    "contact_name",
    "contact_phone",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_form_is_marked_everywhere() {
    let mut guest = Guest::holding().await;
    let here = guest.at("about");
    let wrong = ["display_name", "legal_name", "phone", "state", "birth_month", "contact_name", "contact_phone"];
    // Empty fields, and no fields at all.
    let empty: Vec<_> = FIELDS.iter().map(|field| (*field, "")).chain([("slug", guest.slug.as_str())]).collect();
    for pairs in [empty, vec![("slug", guest.slug.as_str())]] {
        let page = back(&mut guest.browser, ACTION, &pairs, &here).await;
        assert_wrong_at(&page, &wrong, &FIELDS);
        assert!(page.body.contains("Please give us a name to call you by."));
    }
    assert_eq!(guest.count(NAMED).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_wrong_answer_brings_all_back_as_they_were_typed() {
    let mut guest = Guest::holding().await;
    let (here, slug, long) = (guest.at("about"), guest.slug.clone(), long());
    let cases: &[(&str, &str, &str)] = &[
        ("display_name", &long, "longer than 40"),
        ("display_name", "   ", "a name to call you by"),
        ("legal_name", &long, "longer than 120"),
        ("phone", "555", "area code"),
        ("phone", MARKUP, "area code"),
        ("phone", LETTERS, "area code"),
        ("birth_month", "13", "from 1 to 12"),
        ("birth_month", "March", "from 1 to 12"),
        ("birth_day", "31", "from 1 to 31"),
        ("birth_day", "-1", "from 1 to 31"),
        ("birth_year", "91", "four digits"),
        ("birth_year", "2199", "not come yet"),
        ("birth_year", "99999999999999999999", "four digits"),
        ("contact_name", "", "in an emergency"),
        ("contact_phone", LETTERS, "area code"),
    ];
    for (field, typed, words) in cases {
        let mut pairs = changed(&about(&slug), &[(field, Some(typed))]);
        if *typed == "31" {
            pairs = changed(&pairs, &[("birth_day", Some("32"))]);
        }
        let page = back(&mut guest.browser, ACTION, &pairs, &here).await;
        assert_wrong_at(&page, &[field], &FIELDS);
        let message = page.body.split(&format!("id=\"{field}-error\"")).nth(1).unwrap().split("</p>").next().unwrap();
        assert!(message.contains(words), "{field} {typed:?}: {message}");
        for (name, value) in pairs.iter().filter(|(name, _)| *name != "slug") {
            let shown = if *name == "state" { page.chosen(name) } else { page.input(name) };
            assert_eq!(shown.as_deref(), Some(*value), "{name} after a wrong {field}");
        }
    }
    // A state that is none can only be made up; the rest comes back and the select asks again.
    let pairs = changed(&about(&slug), &[("state", Some(MARKUP))]);
    let page = back(&mut guest.browser, ACTION, &pairs, &here).await;
    assert_wrong_at(&page, &["state"], &FIELDS);
    assert_eq!(page.input("legal_name").as_deref(), Some("Robin Ashby"));
    assert_eq!(guest.count(NAMED).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn characters_that_cannot_be_kept_have_a_clear_message() {
    let mut guest = Guest::holding().await;
    let (here, slug) = (guest.at("about"), guest.slug.clone());
    for typed in [NUL, BREAK, "Robin\u{202E}yhsA"] {
        for field in ["display_name", "legal_name", "contact_name", "phone", "birth_year"] {
            let pairs = changed(&about(&slug), &[(field, Some(typed))]);
            let page = back(&mut guest.browser, ACTION, &pairs, &here).await;
            assert_wrong_at(&page, &[field], &FIELDS);
            for (name, value) in pairs.iter().filter(|(name, _)| !["slug", "state", field].contains(name)) {
                assert_eq!(page.input(name).as_deref(), Some(*value), "{name} after {typed:?} in {field}");
            }
            assert!(page.input(field).is_some_and(|shown| shown.starts_with("Robin")), "{typed:?} in {field}");
        }
    }
    let all: Vec<_> = FIELDS.iter().map(|field| (*field, NUL)).chain([("slug", slug.as_str())]).collect();
    let page = back(&mut guest.browser, ACTION, &all, &here).await;
    assert_wrong_at(
        &page,
        &["display_name", "legal_name", "phone", "state", "birth_month", "contact_name", "contact_phone"],
        &FIELDS,
    );
    // A page that is opened once more still has it all: it is kept as a draft.
    let again = guest.browser.get(&here).await;
    assert!(again.body.contains("id=\"display_name-error\""));
}

/// The cookie that carries what was typed has room for 3 kB; a whole form of long answers has more.
#[tokio::test(flavor = "multi_thread")]
async fn long_answers_come_back_whole() {
    let mut guest = Guest::holding().await;
    let (here, slug, long) = (guest.at("about"), guest.slug.clone(), long());
    let longest = format!("{long}{MARKUP}{long}{long}");
    let texts = ["display_name", "legal_name", "phone", "contact_name", "contact_phone"];
    let changes: Vec<_> = texts.iter().map(|field| (*field, Some(longest.as_str()))).collect();
    let pairs = changed(&about(&slug), &changes);
    let page = back(&mut guest.browser, ACTION, &pairs, &here).await;
    assert_wrong_at(&page, &texts, &FIELDS);
    for (name, value) in pairs.iter().filter(|(name, _)| !["slug", "state"].contains(name)) {
        assert_eq!(page.input(name).as_deref(), Some(*value), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_names_are_kept_as_they_are() {
    let mut guest = Guest::holding().await;
    let slug = guest.slug.clone();
    let pairs = changed(&about(&slug), &[("display_name", Some(MARKUP)), ("legal_name", Some(LETTERS))]);
    let answer = guest.browser.post(ACTION, &pairs).await;
    assert_eq!(answer.location(), Some(guest.at("agreements").as_str()));
    super::assert_untold(&answer, &pairs);
    let page = guest.browser.get(&guest.at("agreements")).await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    let about_page = guest.browser.get(&guest.at("about")).await;
    assert_eq!(about_page.input("display_name").as_deref(), Some(MARKUP));
    assert_eq!(about_page.input("legal_name").as_deref(), Some(LETTERS));
    let signed = guest.browser.submit("/api/reserve/agreements", &super::signature(&slug, LETTERS)).await;
    assert!(signed.body.contains("Is this right?") && !signed.body.contains("<script>alert"), "{}", signed.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_twice_it_is_kept_once() {
    let mut guest = Guest::holding().await;
    let slug = guest.slug.clone();
    let (mut one, mut two) = (guest.browser.clone(), guest.browser.clone());
    let pairs = about(&slug);
    let (one, two) = tokio::join!(one.post(ACTION, &pairs), two.post(ACTION, &pairs));
    for answer in [one, two, guest.browser.post(ACTION, &pairs).await] {
        assert_eq!(answer.location(), Some(guest.at("agreements").as_str()), "{}", answer.body);
    }
    assert_eq!(guest.count(NAMED).await, 1);
    assert_eq!(guest.seat().await.as_deref(), Some("held"));
}

/// Under 18 nothing is kept and the hold is let go, whatever else is wrong with the form.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_under_18_is_told_and_leaves_no_date() {
    let mut guest = Guest::holding().await;
    let (slug, young) = (guest.slug.clone(), guest.at("under-18"));
    let pairs = changed(&about(&slug), &[("birth_year", Some("2015")), ("phone", Some("none"))]);
    let page = back(&mut guest.browser, ACTION, &pairs, &young).await;
    assert!(page.body.contains("These groups are for adults."));
    assert_eq!(guest.seat().await, None);
    // A year that leaves no doubt is enough, be the month a slip: it would wait in a draft.
    let slip = changed(&about(&slug), &[("birth_year", Some("2015")), ("birth_month", Some("13"))]);
    back(&mut guest.browser, ACTION, &slip, &young).await;
    assert_eq!(guest.count("select count(*) from members m join accounts a on a.id = account_id where email like 'robin%' and born_on is not null").await, 0);
    assert_eq!(guest.count("select count(*) from drafts where fields::text like '%2015%'").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn holding_longer_keeps_what_was_typed_and_judges_nothing() {
    let mut guest = Guest::holding().await;
    let (here, slug) = (guest.at("about"), guest.slug.clone());
    let pairs =
        changed(&about(&slug), &[("phone", Some("555")), ("legal_name", Some(MARKUP)), ("renew", Some("true"))]);
    let page = back(&mut guest.browser, ACTION, &pairs, &here).await;
    assert!(!page.body.contains("class=\"summary\""), "nothing is wrong yet");
    assert_eq!(page.input("phone").as_deref(), Some("555"));
    assert_eq!(page.input("legal_name").as_deref(), Some(MARKUP));
    assert_eq!(guest.count("select renewals::bigint from seats where renewals > 0").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_told_the_fields() {
    let mut guest = Guest::holding().await;
    let slug = guest.slug.clone();
    let pairs = changed(&about(&slug), &[("phone", Some(NUL)), ("contact_name", Some(BREAK)), ("birth_day", None)]);
    let answer = guest.browser.call(ACTION, &pairs).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(fields(&answer), ["phone", "birth_day", "contact_name"]);
    let answer = guest.browser.call(ACTION, &about("no-such-group")).await;
    assert_eq!(refusal(&answer), AppError::NotFound);
    let answer = guest.test.browser().call(ACTION, &about(&slug)).await;
    assert_eq!(refusal(&answer), AppError::SignInNeeded);
}
