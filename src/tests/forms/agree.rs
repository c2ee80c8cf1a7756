//! Agreements, step 2.

use super::{BREAK, Guest, LETTERS, MARKUP, NUL, assert_wrong_at, back, changed, fields, long, refusal, signature};
use common_ground::error::AppError;

const ACTION: &str = "/api/reserve/agreements";
const FIELDS: [&str; 4] = ["group", "telehealth", "privacy", "signature"];
const TICKS: [&str; 3] = ["group", "telehealth", "privacy"];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ticked_or_signed_is_marked_and_the_rest_comes_back() {
    let mut guest = Guest::told().await;
    let (here, slug) = (guest.at("agreements"), guest.slug.clone());
    for missing in TICKS {
        for value in [None, Some(""), Some("yes"), Some("on"), Some("1"), Some(NUL)] {
            let pairs = changed(&signature(&slug, "robin ashby"), &[(missing, value)]);
            let page = back(&mut guest.browser, ACTION, &pairs, &here).await;
            assert_wrong_at(&page, &[missing], &FIELDS);
            for tick in TICKS {
                assert_eq!(page.ticked(tick), tick != missing, "{tick} without {missing}");
            }
            assert_eq!(page.input("signature").as_deref(), Some("robin ashby"));
        }
    }
    let page = back(&mut guest.browser, ACTION, &[("slug", &slug)], &here).await;
    assert_wrong_at(&page, &FIELDS, &FIELDS);
    assert_eq!(
        guest
            .count("select count(*) from agreements a join accounts m on m.id = member_id where email like 'robin%'")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_is_another_name_comes_back_with_the_ticks() {
    let mut guest = Guest::told().await;
    let (here, slug, long) = (guest.at("agreements"), guest.slug.clone(), long().repeat(20));
    for typed in ["", "   ", "Robin", MARKUP, LETTERS, &long, NUL, BREAK, "Robin\tAshbý"] {
        let pairs = signature(&slug, typed);
        let page = back(&mut guest.browser, ACTION, &pairs, &here).await;
        assert_wrong_at(&page, &["signature"], &FIELDS);
        assert!(TICKS.into_iter().all(|tick| page.ticked(tick)), "{typed:?}");
        let shown = page.input("signature").unwrap_or_default();
        if typed == NUL {
            assert!(shown.starts_with("Robin"), "{shown:?}");
        } else {
            assert_eq!(shown, typed);
        }
    }
    assert_eq!(
        guest
            .count("select count(*) from agreements a join accounts m on m.id = member_id where email like 'robin%'")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_twice_it_is_signed_once() {
    let mut guest = Guest::told().await;
    let slug = guest.slug.clone();
    let (mut one, mut two) = (guest.browser.clone(), guest.browser.clone());
    let pairs = signature(&slug, " robin ASHBY ");
    let (one, two) = tokio::join!(one.post(ACTION, &pairs), two.post(ACTION, &pairs));
    for answer in [one, two, guest.browser.post(ACTION, &pairs).await] {
        assert_eq!(answer.location(), Some(guest.at("check").as_str()), "{}", answer.body);
        super::assert_untold(&answer, &pairs);
    }
    assert_eq!(
        guest
            .count("select count(*) from agreements a join accounts m on m.id = member_id where email like 'robin%'")
            .await,
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn holding_longer_keeps_ticks_and_signature() {
    let mut guest = Guest::told().await;
    let (here, slug) = (guest.at("agreements"), guest.slug.clone());
    let pairs = changed(&signature(&slug, MARKUP), &[("privacy", None), ("renew", Some("true"))]);
    let page = back(&mut guest.browser, ACTION, &pairs, &here).await;
    assert!(!page.body.contains("class=\"summary\""), "nothing is wrong yet");
    assert_eq!(page.input("signature").as_deref(), Some(MARKUP));
    assert!(page.ticked("group") && page.ticked("telehealth") && !page.ticked("privacy"));
}

/// Who comes too early is led to the step that is missing.
#[tokio::test(flavor = "multi_thread")]
async fn before_about_you_nothing_can_be_signed() {
    let mut guest = Guest::holding().await;
    let slug = guest.slug.clone();
    let answer = guest.browser.post(ACTION, &signature(&slug, "Robin Ashby")).await;
    assert_eq!(answer.location(), Some(guest.at("about").as_str()));
    assert_eq!(
        guest
            .count("select count(*) from agreements a join accounts m on m.id = member_id where email like 'robin%'")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_told_the_fields() {
    let mut guest = Guest::told().await;
    let slug = guest.slug.clone();
    let answer = guest.browser.call(ACTION, &changed(&signature(&slug, NUL), &[("group", Some("maybe"))])).await;
    assert_eq!(fields(&answer), ["group", "signature"]);
    let answer = guest.test.browser().call(ACTION, &signature(&slug, "Robin Ashby")).await;
    assert_eq!(refusal(&answer), AppError::SignInNeeded);
}
