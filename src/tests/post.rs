//! Mails to the list: they leave in a stream of their own, only to whoever still wants them, and nothing waits for them.

use crate::{
    outbox::{enqueue, letter},
    processes::relay::{Mood, Relay},
    support::TestApp,
};
use common_ground::{
    domain::{
        email::Email,
        ids::SubscriberId,
        letter::{Letter, ToList},
    },
    jobs::{self, Worker, outbox_list::GROUP},
    server::{
        list_links,
        settings::MailTarget,
        state::{mac, new_key},
    },
    store::{
        Actor, Failure, Tx, outbox,
        outbox_list::{self, Next},
    },
};
use std::collections::BTreeSet;

pub mod calendars;
pub mod read;
mod taken;

/// An application that sends to this relay, and its worker.
async fn sending_to(relay: &Relay) -> (TestApp, Worker) {
    let test = TestApp::with(|settings| settings.mail = MailTarget::Smtp(relay.url.clone())).await;
    let worker = Worker::new(test.app.clone()).unwrap();
    (test, worker)
}

/// Somebody on the list who has confirmed.
pub async fn subscribe(test: &TestApp, email: &str) -> SubscriberId {
    let id = new_key();
    sqlx::query(
        "insert into subscribers (id, email, status, zone, consent_version, consent_text, confirmed_at)
         values ($1, $2, 'confirmed', 'America/New_York', '1', 'Yes', now())",
    )
    .bind(id)
    .bind(email)
    .execute(test.pool())
    .await
    .unwrap();
    SubscriberId(id)
}

/// A mail to somebody on the list.
pub fn weekly(test: &TestApp, event: &str, email: &str, subscriber: SubscriberId) -> Letter {
    let token = list_links::unsubscribe(&test.app.keys, subscriber, email);
    Letter {
        kind: "digest",
        to: Email::parse(email).unwrap(),
        subject: "New meeting times".to_owned(),
        list: Some(ToList { subscriber, unsubscribe_url: format!("https://circles.example.org/unsubscribe/{token}") }),
        ..letter(event)
    }
}

/// So many people on the list, each with a mail that is due.
pub async fn fill(test: &TestApp, count: usize) -> Vec<SubscriberId> {
    let mut ids = Vec::new();
    for number in 0..count {
        let email = format!("reader{number}@example.org");
        let id = subscribe(test, &email).await;
        enqueue(test.store(), weekly(test, &format!("digest:{number}"), &email, id)).await.unwrap();
        ids.push(id);
    }
    ids
}

async fn count(test: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(test.pool()).await.unwrap()
}

async fn change(test: &TestApp, sql: &'static str) {
    sqlx::raw_sql(sql).execute(test.pool()).await.unwrap();
}

const WAITING: &str = "select count(*) from outbox where sent_at is null and failed_at is null";
const ENDED: &str = "select count(*) from outbox where last_error = 'ended' and failed_at is not null";

#[tokio::test(flavor = "multi_thread")]
async fn a_code_leaves_while_the_list_waits_and_neither_takes_from_the_other() {
    let relay = Relay::open().await;
    let (test, worker) = sending_to(&relay).await;
    fill(&test, 30).await;
    enqueue(test.store(), letter("code")).await.unwrap();
    jobs::outbox::run(worker.clone()).await.unwrap();
    assert_eq!((relay.kept().len(), count(&test, WAITING).await), (1, 30), "the code and nothing else");
    enqueue(test.store(), letter("another code")).await.unwrap();
    jobs::outbox_list::run(worker.clone()).await.unwrap();
    assert_eq!((relay.kept().len(), count(&test, WAITING).await), (31, 1), "the list and nothing else");
    let waiting = |depth: outbox::Depth| depth.waiting;
    let reads = test.store().reads();
    assert_eq!(outbox::depth(reads).await.map(waiting).unwrap(), 1);
    assert_eq!(outbox_list::depth(reads).await.map(waiting).unwrap(), 0);
    assert_eq!(relay.kept().into_iter().collect::<BTreeSet<_>>().len(), 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_ends_her_mails_between_claim_and_send_gets_none() {
    let relay = Relay::open().await;
    let (test, worker) = sending_to(&relay).await;
    let ids = fill(&test, 7).await;
    let claimed = {
        let work = |mut tx: Tx| async move {
            let (mails, _) = outbox_list::claim(&mut tx, 500, 120, outbox_list::Words::new()).await?;
            Ok::<_, Failure>((tx, mails))
        };
        test.store().write(Actor::Worker, work).await.unwrap()
    };
    assert_eq!(claimed.len(), 7);
    // One by one, each in another way.
    change(
        &test,
        "update subscribers set status = 'unsubscribed', ended_at = now() where email = 'reader0@example.org'",
    )
    .await;
    change(&test, "update subscribers set status = 'bounced', ended_at = now() where email = 'reader1@example.org'")
        .await;
    change(&test, "update subscribers set paused_until = current_date + 7 where email = 'reader2@example.org'").await;
    change(&test, "update subscribers set email = 'moved@example.org' where email = 'reader3@example.org'").await;
    change(&test, "delete from subscribers where email = 'reader4@example.org'").await;
    sqlx::query("insert into suppressions (email_mac, reason) values ($1, 'wiped')")
        .bind(&mac(&test.app.keys.addresses, b"reader5@example.org")[..])
        .execute(test.pool())
        .await
        .unwrap();
    // A pause that is over is none.
    change(&test, "update subscribers set paused_until = current_date - 2 where email = 'reader6@example.org'").await;
    let next: Vec<_> = claimed
        .iter()
        .map(|mail| Next {
            id: mail.id,
            attempts: mail.attempts,
            to: mail.to.clone(),
            mac: mac(&test.app.keys.addresses, mail.to.as_bytes()),
        })
        .collect();
    let now = test.app.now();
    let work = move |mut tx: Tx| async move {
        let may_leave = outbox_list::settle(&mut tx, &[], &next, now).await?;
        Ok::<_, Failure>((tx, may_leave))
    };
    let may_leave = test.store().write(Actor::Worker, work).await.unwrap();
    let sixth = claimed.iter().find(|mail| mail.to == "reader6@example.org").unwrap();
    assert_eq!(may_leave, [sixth.id]);
    assert_eq!(count(&test, ENDED).await, 6);
    assert_eq!(outbox_list::depth(test.store().reads()).await.unwrap().given_up, 0, "nobody has to look into these");
    // Nothing brings them back, and no event of theirs is mailed again.
    change(&test, "update subscribers set status = 'confirmed', ended_at = null, paused_until = null").await;
    change(&test, "update outbox set leased_until = null").await;
    enqueue(test.store(), weekly(&test, "digest:0", "reader0@example.org", ids[0])).await.unwrap();
    jobs::outbox_list::run(worker).await.unwrap();
    assert_eq!(relay.kept(), std::slice::from_ref(&sixth.message_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_stops_for_those_who_leave_while_it_runs() {
    let relay = Relay::open().await;
    relay.become_mood(Mood::Slow(40));
    let (test, worker) = sending_to(&relay).await;
    fill(&test, 60).await;
    let running = tokio::spawn(jobs::outbox_list::run(worker));
    while relay.kept().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    change(&test, "update subscribers set status = 'unsubscribed', ended_at = now()").await;
    let before = relay.kept().len();
    running.await.unwrap().unwrap();
    assert!(relay.kept().len() <= before + GROUP, "{} after {before}", relay.kept().len());
    let sent = i64::try_from(relay.kept().len()).unwrap();
    assert_eq!((count(&test, ENDED).await, count(&test, WAITING).await), (60 - sent, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_where_nobody_is_leaves_the_list_and_keeps_its_account() {
    let relay = Relay::open().await;
    relay.become_mood(Mood::Nobody("reader1@"));
    let (test, worker) = sending_to(&relay).await;
    let ids = fill(&test, 3).await;
    enqueue(test.store(), weekly(&test, "digest:later", "reader1@example.org", ids[1])).await.unwrap();
    jobs::outbox_list::run(worker.clone()).await.unwrap();
    assert_eq!(relay.kept().len(), 2);
    let states: Vec<(String, bool)> =
        sqlx::query_as("select status, ended_at is not null from subscribers order by email")
            .fetch_all(test.pool())
            .await
            .unwrap();
    let states: Vec<_> = states.iter().map(|(status, ended)| (status.as_str(), *ended)).collect();
    assert_eq!(states, [("confirmed", false), ("bounced", true), ("confirmed", false)]);
    let suppressed: Vec<(Vec<u8>, String)> =
        sqlx::query_as("select email_mac, reason from suppressions").fetch_all(test.pool()).await.unwrap();
    assert_eq!(suppressed, [(mac(&test.app.keys.addresses, b"reader1@example.org").to_vec(), "bounced".to_owned())]);
    assert_eq!(count(&test, "select count(*) from audit_events where action = 'subscriber bounced'").await, 1);
    // Both of her mails were in one group, so the second was refused as well; a third is not even tried.
    enqueue(test.store(), weekly(&test, "digest:third", "reader1@example.org", ids[1])).await.unwrap();
    jobs::outbox_list::run(worker.clone()).await.unwrap();
    assert_eq!(count(&test, ENDED).await, 1);
    // Whoever brings her again under another row brings her in vain.
    change(&test, "delete from subscribers where email = 'reader1@example.org'").await;
    let again = subscribe(&test, "reader1@example.org").await;
    enqueue(test.store(), weekly(&test, "digest:again", "reader1@example.org", again)).await.unwrap();
    jobs::outbox_list::run(worker.clone()).await.unwrap();
    assert_eq!((count(&test, ENDED).await, relay.kept().len()), (2, 2));
    // A code is another matter: she asked for it.
    relay.become_mood(Mood::Fine);
    enqueue(test.store(), Letter { to: Email::parse("reader1@example.org").unwrap(), ..letter("code") }).await.unwrap();
    jobs::outbox::run(worker).await.unwrap();
    assert_eq!(relay.kept().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_word_about_the_address_marks_it() {
    for (mood, marks) in [
        (Mood::Nobody("reader1@"), true),
        (Mood::Gone("reader1@"), true),
        (Mood::Never, false),
        (Mood::NobodyAtAll, false),
        (Mood::Rule, false),
        (Mood::Sender, false),
        (Mood::Later, false),
        (Mood::Busy, false),
    ] {
        let relay = Relay::open().await;
        relay.become_mood(mood);
        let (test, worker) = sending_to(&relay).await;
        fill(&test, 20).await;
        // An account's mail to the same address marks nothing in any case.
        let account = Letter { to: Email::parse("reader1@example.org").unwrap(), ..letter("account") };
        enqueue(test.store(), account).await.unwrap();
        jobs::outbox::run(worker.clone()).await.unwrap();
        assert_eq!(count(&test, "select count(*) from suppressions").await, 0, "{mood:?}");
        jobs::outbox_list::run(worker.clone()).await.unwrap();
        let bounced = count(&test, "select count(*) from subscribers where status = 'bounced'").await;
        assert_eq!(bounced == 1, marks, "{mood:?}");
        assert_eq!(count(&test, "select count(*) from suppressions").await, bounced, "{mood:?}");
        let given_up = outbox_list::depth(test.store().reads()).await.unwrap().given_up;
        assert_eq!(given_up, bounced, "{mood:?}");
        if mood == Mood::Later {
            continue;
        }
        // Where nobody was taken, the first group found out, and all of them leave as soon as they may.
        let tried =
            count(&test, "select count(*) from outbox where unsubscribe_url is not null and attempts > 0").await;
        assert!(marks || tried <= i64::try_from(GROUP).unwrap(), "{mood:?}: {tried}");
        relay.become_mood(Mood::Fine);
        change(&test, "update outbox set send_after = now() where sent_at is null and failed_at is null").await;
        jobs::outbox_list::run(worker).await.unwrap();
        let left = "select count(*) from outbox where unsubscribe_url is not null and sent_at is not null";
        assert_eq!(count(&test, left).await, 20 - bounced, "{mood:?}");
    }
}

/// Nobody else's mail is due beside hers, so nothing in the group says what the relay means.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_due_alone_is_marked_while_the_relay_takes_others() {
    const BOUNCED: &str = "select count(*) from subscribers where status = 'bounced'";
    for (mood, due) in [(Mood::Gone("reader"), 1), (Mood::Nobody("reader"), 1), (Mood::Nobody("reader"), 2)] {
        let relay = Relay::open().await;
        let (test, worker) = sending_to(&relay).await;
        let fine = subscribe(&test, "fine@example.org").await;
        let write = async |event: &'static str| {
            enqueue(test.store(), weekly(&test, event, "fine@example.org", fine)).await.unwrap();
            jobs::outbox_list::run(worker.clone()).await.unwrap();
        };
        // It took a mail to the list, but days ago: that says nothing of today.
        write("digest:days ago").await;
        change(&test, "update outbox set sent_at = now() - interval '2 days'").await;
        relay.become_mood(mood);
        fill(&test, due).await;
        jobs::outbox_list::run(worker.clone()).await.unwrap();
        let known = i64::from(due == 1 && mood != Mood::Gone("reader"));
        assert_eq!(count(&test, BOUNCED).await, known, "{mood:?}: one clear word is believed, and no other");
        write("digest:today").await;
        change(&test, "update outbox set send_after = now() where sent_at is null and failed_at is null").await;
        jobs::outbox_list::run(worker.clone()).await.unwrap();
        assert_eq!(count(&test, BOUNCED).await, i64::try_from(due).unwrap(), "{mood:?} {due}");
        assert_eq!(count(&test, WAITING).await, 0, "{mood:?}: it is not tried for a day");
    }
}

/// The relay turns against us in the middle of a day on which it took mails.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_refuses_everybody_from_now_on_takes_nobody_off_the_list() {
    for mood in [Mood::Never, Mood::Rule] {
        let relay = Relay::open().await;
        let (test, worker) = sending_to(&relay).await;
        let fine = subscribe(&test, "fine@example.org").await;
        enqueue(test.store(), weekly(&test, "digest:before", "fine@example.org", fine)).await.unwrap();
        jobs::outbox_list::run(worker.clone()).await.unwrap();
        relay.become_mood(mood);
        fill(&test, 12).await;
        for _ in 0..4 {
            jobs::outbox_list::run(worker.clone()).await.unwrap();
        }
        // Then one by one, as they become due again.
        for number in 0..12 {
            sqlx::query("update outbox set send_after = now() where to_address = $1 and sent_at is null")
                .bind(format!("reader{number}@example.org"))
                .execute(test.pool())
                .await
                .unwrap();
            jobs::outbox_list::run(worker.clone()).await.unwrap();
        }
        assert_eq!(count(&test, "select count(*) from suppressions").await, 0, "{mood:?}");
        assert_eq!(count(&test, WAITING).await, 12, "{mood:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_the_list() {
    let relay = Relay::open().await;
    let (test, one) = sending_to(&relay).await;
    fill(&test, 120).await;
    let two = Worker::new(test.app.clone()).unwrap();
    let (first, second) = tokio::join!(jobs::outbox_list::run(one), jobs::outbox_list::run(two));
    first.unwrap();
    second.unwrap();
    assert_eq!(count(&test, WAITING).await, 0);
    assert_eq!((relay.kept().len(), relay.kept().into_iter().collect::<BTreeSet<_>>().len()), (120, 120));
}

/// Lets so much time pass for the outbox.
async fn pass(test: &TestApp, minutes: i32) {
    sqlx::query(
        "update outbox set created_at = created_at - make_interval(mins => $1), send_after = send_after - make_interval(mins => $1),
           leased_until = leased_until - make_interval(mins => $1)",
    )
    .bind(minutes)
    .execute(test.pool())
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_away_for_an_hour_costs_an_hour_and_no_mail() {
    let relay = Relay::open().await;
    let (test, worker) = sending_to(&relay).await;
    fill(&test, 50).await;
    relay.become_mood(Mood::Cut);
    for minute in 0..60 {
        jobs::outbox_list::run(worker.clone()).await.unwrap();
        assert_eq!(count(&test, WAITING).await, 50, "minute {minute}");
        pass(&test, 1).await;
    }
    // One group finds out that the relay is away; the others do not pay for it with their tries.
    let most: i64 = count(&test, "select max(attempts)::bigint from outbox").await;
    assert!((1..=8).contains(&most), "{most}");
    relay.become_mood(Mood::Fine);
    let mut rounds = 0;
    while count(&test, WAITING).await > 0 {
        jobs::outbox_list::run(worker.clone()).await.unwrap();
        pass(&test, 5).await;
        rounds += 1;
        assert!(rounds < 20, "they are sent within an hour and a half");
    }
    assert_eq!((relay.kept().len(), relay.kept().into_iter().collect::<BTreeSet<_>>().len()), (50, 50));
    assert_eq!(count(&test, "select count(*) from outbox where sent_at is not null").await, 50);
}

/// A mail to the list is worth something for days, and few are tried while the relay is away.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_away_for_days_costs_no_weekly_mail() {
    let relay = Relay::open().await;
    let (test, worker) = sending_to(&relay).await;
    fill(&test, 20).await;
    relay.become_mood(Mood::Cut);
    for hour in 0..60 {
        jobs::outbox_list::run(worker.clone()).await.unwrap();
        assert_eq!(count(&test, WAITING).await, 20, "hour {hour}");
        pass(&test, 60).await;
    }
    let most: i64 = count(&test, "select max(attempts)::bigint from outbox").await;
    assert!((8..40).contains(&most), "{most}");
    relay.become_mood(Mood::Fine);
    for _ in 0..8 {
        jobs::outbox_list::run(worker.clone()).await.unwrap();
        pass(&test, 60).await;
    }
    assert_eq!((relay.kept().len(), relay.kept().into_iter().collect::<BTreeSet<_>>().len()), (20, 20));
}
