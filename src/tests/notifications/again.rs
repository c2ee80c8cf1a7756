//! Asking again: at an address that had ended the weekly mail, and at one where nobody is.

use super::{CONFIRM, WREN, ask, change, count, kinds, link, on_the_list, status, token};
use crate::support::TestApp;
use common_ground::{
    jobs::{self, Worker},
    mail::{About, Mailer, SendError},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// Whoever types an address that had ended the mail changes nothing of what it had; what was typed counts with its yes.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_after_the_end_waits_beside_what_she_had() {
    const HAD: &str = "select (to_jsonb(s) - array['mailed_at', 'confirm_hash', 'confirm_expires_at', 'asked'])::text from subscribers s";
    let test = TestApp::demo().await;
    let wishes = [("topic[]", "depression"), ("state", "FL"), ("zone", "UTC")];
    for ended in ["unsubscribed", "bounced"] {
        change(&test, "delete from subscribers").await;
        on_the_list(&test, WREN, &[("topic[]", "anxiety"), ("state", "NY"), ("zone", "America/Denver")]).await;
        sqlx::query("update subscribers set status = $1, ended_at = now(), mailed_at = now() - interval '2 hours', consent_text = 'As then'")
            .bind(ended)
            .execute(test.pool())
            .await
            .unwrap();
        let before: String = sqlx::query_scalar(HAD).fetch_one(test.pool()).await.unwrap();
        ask(&mut test.browser(), WREN, &wishes).await;
        let after: String = sqlx::query_scalar(HAD).fetch_one(test.pool()).await.unwrap();
        assert_eq!(after, before, "{ended}");
        let path = link(&test, WREN).await;
        let page = test.browser().get(&path).await;
        assert!(page.body.contains("Depression") && page.body.contains("Florida"), "{}", page.body);
        test.browser().post(CONFIRM, &[("token", &token(&path))]).await;
        let now: Value = sqlx::query_scalar(
            "select jsonb_build_array(status, topics, place, zone, consent_text = 'As then', asked is null) from subscribers",
        )
        .fetch_one(test.pool())
        .await
        .unwrap();
        assert_eq!(now, json!(["confirmed", ["depression"], "FL", "UTC", false, true]), "{ended}");
    }
    // Without a yes it is forgotten.
    change(&test, "update subscribers set status = 'unsubscribed', ended_at = now(), mailed_at = null").await;
    ask(&mut test.browser(), WREN, &[]).await;
    change(&test, "update subscribers set asked = jsonb_set(asked, '{asked_at}', to_jsonb(now() - interval '8 days'))")
        .await;
    test.work().await;
    assert_eq!(
        count(&test, "select count(*) from subscribers where asked is null and status = 'unsubscribed'").await,
        1
    );
}

/// The mail that asks meets nobody: however often the address is typed, it is asked again only when that link is out of date.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_where_nobody_is_is_not_asked_every_hour() {
    let test = TestApp::demo().await;
    let mailer = Arc::new(Mailer::memory());
    let Mailer::Memory(memory) = &*mailer else { panic!("not a list") };
    let worker = Worker { app: test.app.clone(), mailer: mailer.clone() };
    ask(&mut test.browser(), WREN, &[]).await;
    memory.fail_next(SendError { about: About::Address, ..SendError::never("550 5.1.1 nobody here") });
    jobs::outbox::run(worker).await.unwrap();
    assert_eq!(status(&test, WREN).await.as_deref(), Some("bounced"));
    for _ in 0..3 {
        change(&test, "update subscribers set mailed_at = mailed_at - interval '1 hour'").await;
        change(&test, "update outbox set event_key = 'subscription:' || s.id || ':' || (extract(epoch from s.mailed_at) * 1000000)::bigint from subscribers s").await;
        ask(&mut test.browser(), WREN, &[]).await;
    }
    assert_eq!(kinds(&test, WREN).await.len(), 1);
    change(&test, "update subscribers set confirm_expires_at = now()").await;
    ask(&mut test.browser(), WREN, &[]).await;
    assert_eq!(kinds(&test, WREN).await.len(), 2);
    // It goes with all that nobody has said yes to.
    change(&test, "update subscribers set asked_at = now() - interval '8 days'").await;
    test.work().await;
    assert_eq!(status(&test, WREN).await, None);
}
