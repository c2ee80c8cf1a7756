//! A new address: it says yes itself, the old one is told, and links that went to the old one end.

use super::{CONFIRM, WREN, ask, change, count, kinds, link, mails, on_the_list, opener, status, token};
use crate::{outbox::enqueue, post::weekly, support::TestApp};
use axum::http::StatusCode;
use common_ground::store::{
    Actor, Failure, Tx, outbox,
    outbox_list::{self, Next},
};

const ASK: &str = "/api/notifications/address";
const NEW: &str = "wren.new@example.org";
const THIRD: &str = "third@example.org";
const HOUR_LATER: &str = "update subscribers set mailed_at = mailed_at - interval '1 hour'";

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_moves_when_the_new_address_says_yes() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[("topic[]", "anxiety")]).await;
    let opened = opener(&test, WREN).await;
    let mut browser = test.browser();
    let wrong = browser.submit(ASK, &[("token", &opened), ("email", "nobody")]).await;
    assert!(
        wrong.body.contains("id=\"email-error\"") && wrong.input("email").as_deref() == Some("nobody"),
        "{}",
        wrong.body
    );
    assert_eq!(wrong.chosen("hour").as_deref(), Some("9"), "the other forms of the page are as they were");
    let same = browser.submit(ASK, &[("token", &opened), ("email", "WREN@example.org")]).await;
    assert!(same.body.contains("goes to this address now"), "{}", same.body);
    let asked = browser.submit(ASK, &[("token", &opened), ("email", NEW)]).await;
    assert!(asked.body.contains("We have written to the new address.") && asked.body.contains(NEW), "{}", asked.body);
    assert_eq!(kinds(&test, NEW).await, ["subscription_address"]);
    assert!(!mails(&test, NEW).await[0].1.contains(WREN), "nobody learns who asked");

    let path = link(&test, NEW).await;
    let mut mailbox = test.browser();
    let page = mailbox.get(&path).await;
    assert!(page.body.contains("Shall your weekly mail come here?") && !page.body.contains(WREN), "{}", page.body);
    assert!(page.body.contains("By pressing the button you say"), "{}", page.body);
    assert_eq!(status(&test, NEW).await, None);
    change(&test, "update subscribers set consent_version = 'old', consent_text = 'Of another mailbox.'").await;

    // What waits for the old one goes along.
    sqlx::query(
        "insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, subscriber_id, unsubscribe_url)
         values (gen_random_uuid(), 'digest:1', 'digest', $1, 's', 't', 'h', '<1@h>', $2, 'https://x/unsubscribe/y')",
    )
    .bind(WREN)
    .bind(id.0)
    .execute(test.pool())
    .await
    .unwrap();
    let moved = mailbox.submit(CONFIRM, &[("token", &token(&path))]).await;
    assert!(moved.body.contains(NEW) && moved.body.contains("Your weekly mail"), "{}", moved.body);
    assert_eq!((status(&test, WREN).await, status(&test, NEW).await.as_deref()), (None, Some("confirmed")));
    assert_eq!(super::id(&test, NEW).await, id, "links that end it work as before");
    let agreed =
        "select count(*) from subscribers where consent_text like 'Yes, write to me%' and consent_version <> 'old'";
    assert_eq!(count(&test, agreed).await, 1, "the new mailbox has agreed");
    assert_eq!(
        count(&test, "select count(*) from outbox where kind = 'digest' and to_address like 'wren.new%'").await,
        1
    );
    assert_eq!(kinds(&test, WREN).await.last().unwrap(), "subscription_moved");
    assert!(!mails(&test, WREN).await.pop().unwrap().1.contains(NEW));
    let old = browser.get(&format!("/notifications/preferences/{opened}")).await;
    assert!(old.body.contains("This link has grown old.") && !old.body.contains(NEW), "{}", old.body);
    let again = mailbox.submit(CONFIRM, &[("token", &token(&path))]).await;
    assert!(again.body.contains("does not work any more"), "{}", again.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_on_the_list_keeps_its_own_subscription() {
    let test = TestApp::demo().await;
    on_the_list(&test, WREN, &[("topic[]", "anxiety")]).await;
    let other = on_the_list(&test, NEW, &[("topic[]", "depression")]).await;
    change(&test, HOUR_LATER).await;
    let opened = opener(&test, WREN).await;
    let mut browser = test.browser();
    let asked = browser.post(ASK, &[("token", &opened), ("email", NEW)]).await;
    assert_eq!(asked.status, StatusCode::FOUND);
    let path = link(&test, NEW).await;
    let pressed = test.browser().submit(CONFIRM, &[("token", &token(&path))]).await;
    assert!(pressed.body.contains("on the list already"), "{}", pressed.body);
    assert_eq!(super::id(&test, NEW).await, other);
    assert_eq!(status(&test, WREN).await.as_deref(), Some("confirmed"));
}

/// What the new address had not confirmed, or had ended, gives way to its yes; a mailbox that took no mail is left behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_yes_counts_more_than_what_was_before() {
    for before in ["pending", "unsubscribed", "bounced", "wiped"] {
        let test = TestApp::demo().await;
        on_the_list(&test, WREN, &[]).await;
        change(&test, "update subscribers set status = 'bounced', ended_at = now() where email = 'wren@example.org'")
            .await;
        if before == "wiped" {
            super::suppress(&test, NEW, "wiped").await;
        } else {
            ask(&mut test.browser(), NEW, &[]).await;
            let ended = "update subscribers set status = $1, ended_at = case when $1 <> 'pending' then now() end where email = $2";
            sqlx::query(ended).bind(before).bind(NEW).execute(test.pool()).await.unwrap();
            change(&test, HOUR_LATER).await;
        }
        let opened = opener(&test, WREN).await;
        test.browser().post(ASK, &[("token", &opened), ("email", NEW)]).await;
        let moved = test.browser().submit(CONFIRM, &[("token", &token(&link(&test, NEW).await))]).await;
        assert!(moved.body.contains("Your weekly mail"), "{before}: {}", moved.body);
        assert_eq!(status(&test, NEW).await.as_deref(), Some("confirmed"), "{before}");
        assert_eq!(super::suppressed(&test, NEW).await, None, "{before}");
        assert_eq!(count(&test, "select count(*) from subscribers").await, 1, "{before}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_to_strangers_over_and_over() {
    let test = TestApp::with(|settings| settings.rate_limits = true).await;
    on_the_list(&test, WREN, &[]).await;
    let opened = opener(&test, WREN).await;
    let mut browser = test.browser();
    let mut answers = Vec::new();
    for n in 0..5 {
        let pairs = [("token", opened.as_str()), ("email", &format!("stranger{n}@example.org"))];
        answers.push(browser.call(ASK, &pairs).await.status);
    }
    assert_eq!(answers[..3], [StatusCode::OK; 3]);
    assert_eq!(answers[3..], [StatusCode::TOO_MANY_REQUESTS; 2]);
    assert_eq!(count(&test, "select count(*) from outbox where kind = 'subscription_address'").await, 3);
    // The same stranger, from another subscription.
    on_the_list(&test, "other@example.org", &[]).await;
    let other = opener(&test, "other@example.org").await;
    let pairs = [("token", other.as_str()), ("email", "stranger0@example.org")];
    assert_eq!(browser.call(ASK, &pairs).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(kinds(&test, "stranger0@example.org").await.len(), 1);
    // From one network, whoever's subscriptions they are.
    change(&test, "update rate_buckets set tokens = 0, updated_at = now() where key like '%:network:%'").await;
    let pairs = [("token", other.as_str()), ("email", "stranger9@example.org")];
    assert_eq!(browser.call(ASK, &pairs).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(kinds(&test, "stranger9@example.org").await, [""; 0]);
    change(
        &test,
        "update subscribers set new_email_expires_at = now() - interval '8 days' where new_email is not null",
    )
    .await;
    test.work().await;
    assert_eq!(count(&test, "select count(*) from subscribers where new_email is not null").await, 0, "forgotten");
}

/// An address gets one mail an hour, whichever of the two forms it is typed into.
#[tokio::test(flavor = "multi_thread")]
async fn both_forms_together_write_to_an_address_once_an_hour() {
    let test = TestApp::demo().await;
    on_the_list(&test, WREN, &[]).await;
    let opened = opener(&test, WREN).await;
    let mut browser = test.browser();
    for _ in 0..2 {
        browser.post(ASK, &[("token", &opened), ("email", NEW)]).await;
        ask(&mut test.browser(), NEW, &[]).await;
    }
    assert_eq!(kinds(&test, NEW).await, ["subscription_address"]);
    let path = link(&test, NEW).await;
    assert!(browser.get(&path).await.body.contains("Shall your weekly mail come here?"), "its link works");
    // The other way round.
    ask(&mut test.browser(), THIRD, &[]).await;
    let answer = browser.post(ASK, &[("token", &opened), ("email", THIRD)]).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(kinds(&test, THIRD).await, ["subscription_confirm"]);
    change(&test, HOUR_LATER).await;
    browser.post(ASK, &[("token", &opened), ("email", THIRD)]).await;
    assert_eq!(kinds(&test, THIRD).await, ["subscription_confirm", "subscription_address"]);
}

/// A worker that has the mail in its hands while the address moves does not send it to the old one.
#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_claimed_while_the_address_moves_goes_to_the_new_one() {
    let test = TestApp::demo().await;
    let id = on_the_list(&test, WREN, &[]).await;
    enqueue(test.store(), weekly(&test, "digest:1", WREN, id)).await.unwrap();
    let claim = |mut tx: Tx| async move {
        let (mails, _) = outbox_list::claim(&mut tx, 500, 120, outbox_list::Words::new()).await?;
        Ok::<_, Failure>((tx, mails))
    };
    let claimed = test.store().write(Actor::Worker, claim).await.unwrap().remove(0);
    let opened = opener(&test, WREN).await;
    test.browser().post(ASK, &[("token", &opened), ("email", NEW)]).await;
    let moved = test.browser().submit(CONFIRM, &[("token", &token(&link(&test, NEW).await))]).await;
    assert!(moved.body.contains(NEW), "{}", moved.body);

    let (mac, now) = (test.app.keys.address_mac(&claimed.to), test.app.now());
    let next = Next { id: claimed.id, attempts: claimed.attempts, to: claimed.to.clone(), mac };
    let settle = move |mut tx: Tx| async move {
        let may_leave = outbox_list::settle(&mut tx, &[], &[next], now).await?;
        Ok::<_, Failure>((tx, may_leave))
    };
    let may_leave: Vec<uuid::Uuid> = test.store().write(Actor::Worker, settle).await.unwrap();
    assert!(may_leave.is_empty(), "{may_leave:?}");
    // A late word about the old address is none about the new one.
    let fail = move |mut tx: Tx| async move {
        outbox::mark_failed(&mut tx, &claimed, false, "550 5.1.1 nobody here").await?;
        Ok::<_, Failure>((tx, ()))
    };
    test.store().write(Actor::Worker, fail).await.unwrap();
    change(&test, "update outbox set leased_until = null where kind = 'digest' and failed_at is null").await;
    test.work().await;
    let digests =
        |email: &str| test.mails(email).iter().filter(|mail| mail.header("list-unsubscribe").is_some()).count();
    assert_eq!((digests(WREN), digests(NEW)), (0, 1));
}
