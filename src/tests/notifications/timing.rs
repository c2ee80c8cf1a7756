//! What the time of an answer tells about an address.

use super::{ask, change, kinds, suppress};
use crate::support::TestApp;
use std::time::{Duration, Instant};

/// Whoever measures learns nothing either. Every address is asked for in turn, many times over, each time from the same state.
#[tokio::test(flavor = "multi_thread")]
async fn every_address_takes_the_same_time() {
    const ROUNDS: usize = 40;
    let test = TestApp::demo().await;
    test.signed_in("member@example.org").await;
    let emails = ["new", "pending", "confirmed", "unsubscribed", "bounced", "wiped", "member"]
        .map(|name| format!("{name}@example.org"));
    let mut browser = test.browser();
    let mut times = vec![Vec::new(); emails.len()];
    for round in 0..ROUNDS + 5 {
        for (place, email) in emails.iter().enumerate() {
            change(&test, "delete from outbox").await;
            change(&test, "delete from subscribers").await;
            change(&test, "delete from suppressions").await;
            change(
                &test,
                "insert into subscribers (id, email, status, zone, consent_version, consent_text, confirmed_at, ended_at, mailed_at)
                 select gen_random_uuid(), s || '@example.org', s, 'America/New_York', '1', 'Yes',
                   case when s <> 'pending' then now() end, case when s in ('unsubscribed', 'bounced') then now() end,
                   now() - interval '2 hours'
                 from unnest(array['pending', 'confirmed', 'unsubscribed', 'bounced']) s",
            )
            .await;
            for (email, reason) in [("bounced@example.org", "bounced"), ("wiped@example.org", "wiped")] {
                suppress(&test, email, reason).await;
            }
            let began = Instant::now();
            let asked = ask(&mut browser, email, &[("topic[]", "anxiety")]).await;
            let took = began.elapsed();
            assert_eq!(asked.location(), Some("/notifications/sent"), "{email}: {}", asked.body);
            assert_eq!(kinds(&test, email).await.len(), 1, "{email}");
            // The first ones make plans and connections.
            if round >= 5 {
                times[place].push(took);
            }
        }
    }
    let medians: Vec<_> = times
        .into_iter()
        .map(|mut times| {
            times.sort();
            times[ROUNDS / 2]
        })
        .collect();
    let (least, most) = (medians.iter().min().unwrap(), medians.iter().max().unwrap());
    // A bound that a busy machine keeps, and that a branch with a round trip of its own, or without the mail, does not.
    assert!(*most < *least * 3 / 2 + Duration::from_millis(1), "{emails:?}: {medians:?}");
}
