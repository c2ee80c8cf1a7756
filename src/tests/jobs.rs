//! Meetings are kept ahead, and what nobody needs any more goes.

use crate::support::TestApp;
use chrono::{DateTime, Datelike as _, Duration, Utc};
use chrono_tz::America::New_York;
use common_ground::{
    domain::ids::GroupId,
    jobs,
    store::{Failure, Store, meetings},
};
use sqlx::Row as _;
use uuid::Uuid;

const GROUP: GroupId = GroupId(Uuid::from_u128(1));

/// A group that meets on Sundays at 19:00 in New York.
async fn add_group(store: &Store, zone: &str) {
    sqlx::raw_sql(
        "insert into curricula (slug, version, title, mode, units) values ('process', 'v1', 'Process', 'closed', '[{}]');
         insert into therapists (id, slug, name, credentials, profession, email)
         values ('00000000-0000-0000-0000-000000000009', 'ruth', 'Ruth', 'PsyD', 'Psychologist', 'ruth@example.org');",
    )
    .execute(store.reads())
    .await
    .unwrap();
    for (id, zone) in [(GROUP.0, "America/New_York"), (Uuid::from_u128(2), zone)] {
        sqlx::query(
            "insert into groups (id, slug, title, kind, leader_id, summary, happens, status, weekday, local_time, zone,
               minutes, price_cents, starts_on, curriculum_slug, curriculum_version, cycle_began_on)
             values ($1, $1::text, 'A group', 'process', '00000000-0000-0000-0000-000000000009', '', '', 'open', 7, '19:00',
               $2, 75, 0, '2027-01-01', 'process', 'v1', '2027-03-08')",
        )
        .bind(id)
        .bind(zone)
        .execute(store.reads())
        .await
        .unwrap();
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn meetings_are_added_once_and_stay_at_their_wall_time() {
    let test = TestApp::new().await;
    let store = test.store();
    // The other group's zone is mistyped: it is left out and stops nobody.
    add_group(store, "America/New_Yorc").await;
    let now = at("2027-03-01T12:00:00Z");
    let (one, two) = tokio::join!(jobs::meetings::materialise(store, now), jobs::meetings::materialise(store, now));
    assert_eq!(one.unwrap() + two.unwrap(), 12);
    assert_eq!(jobs::meetings::materialise(store, now).await.unwrap(), 0);
    assert_eq!(jobs::meetings::materialise(store, now + Duration::days(7)).await.unwrap(), 1);

    let coming = meetings::coming(store.reads(), GROUP, now, 20).await.unwrap();
    assert_eq!(coming.len(), 13);
    for meeting in &coming {
        let local = meeting.starts_at.with_timezone(&New_York);
        assert_eq!(local.format("%a %R").to_string(), "Sun 19:00");
        assert_eq!(meeting.week, local.date_naive() - Duration::days(6));
        assert_eq!(meeting.week.weekday(), chrono::Weekday::Mon);
        assert_eq!(meeting.ends_at - meeting.starts_at, Duration::minutes(75));
    }
}

#[tokio::test]
async fn what_comes_next_and_what_was_held_follow_the_clock_and_the_status() {
    let test = TestApp::new().await;
    let store = test.store();
    add_group(store, "America/Chicago").await;
    jobs::meetings::materialise(store, at("2027-03-01T12:00:00Z")).await.unwrap();
    // Sundays in New York: March 7, then summer time begins, March 14 and 21, at 23:00 UTC.
    let during = at("2027-03-14T23:30:00Z");
    let next = meetings::next_of_group(store.reads(), GROUP, during).await.unwrap().unwrap();
    let running = meetings::running_or_next(store.reads(), GROUP, during).await.unwrap().unwrap();
    assert_eq!((running.starts_at, next.starts_at), (at("2027-03-14T23:00:00Z"), at("2027-03-21T23:00:00Z")));

    let held = async |now: &str| -> Result<u32, Failure> {
        meetings::held_since(store.reads(), GROUP, "2027-03-08".parse().unwrap(), at(now)).await
    };
    assert_eq!(
        held("2027-03-14T23:30:00Z").await.unwrap(),
        0,
        "it is not over, and the one before was another cycle's"
    );
    assert_eq!(held("2027-03-15T00:15:00Z").await.unwrap(), 1);
    assert_eq!(held("2027-03-22T12:00:00Z").await.unwrap(), 2);
    sqlx::query("update meetings set status = 'cancelled' where id = $1")
        .bind(next.id.0)
        .execute(store.reads())
        .await
        .unwrap();
    assert_eq!(held("2027-03-22T12:00:00Z").await.unwrap(), 1, "a cancelled meeting moves nothing on");
    let after = meetings::next_of_group(store.reads(), GROUP, during).await.unwrap().unwrap();
    assert_eq!(after.starts_at, at("2027-03-28T23:00:00Z"));
    jobs::meetings::materialise(store, at("2027-03-16T12:00:00Z")).await.unwrap();
    assert_eq!(meetings::next_of_group(store.reads(), GROUP, during).await.unwrap(), Some(after), "it stays cancelled");
}

#[tokio::test]
async fn only_what_is_old_enough_is_purged() {
    let test = TestApp::new().await;
    let store = test.store();
    add_group(store, "America/Chicago").await;
    sqlx::raw_sql(
        "insert into accounts (id, email) values ('00000000-0000-0000-0000-00000000000a', 'wren@example.org');
         insert into sign_in_codes (id, email, browser_hash, code_hash, link_hash, expires_at, used_at)
         select gen_random_uuid(), 'wren@example.org', '', '', '', now() + expires, now() + used
         from (values (interval '-25 hours', null::interval), ('-1 hour', null), ('10 minutes', '-25 hours'),
                      ('10 minutes', null)) as code (expires, used);
         insert into idempotency_keys (member_id, action, key, answer, created_at)
         select '00000000-0000-0000-0000-00000000000a', 'hold', gen_random_uuid(), '{}', now() - age
         from unnest(array[interval '49 hours', interval '47 hours']) as age;
         insert into sessions (id, token_hash, account_id, created_at, used_at, idle_seconds, expires_at, revoked_at)
         select gen_random_uuid(), sha256(n::text::bytea), '00000000-0000-0000-0000-00000000000a',
                now() - interval '60 days', now() - used, 1800, now() + expires, now() - revoked
         from (values (1, interval '31 days', interval '1 day', null::interval), (2, '1 minute', '-31 days', null),
                      (3, '1 minute', '1 day', '31 days'), (4, '1 minute', '1 day', '1 day'),
                      (5, '1 minute', '1 day', null)) as session (n, used, expires, revoked);
         insert into holds (id, group_id, member_id, held_at)
         select gen_random_uuid(), '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000a',
                now() - age
         from unnest(array[interval '31 days', interval '29 days']) as age;
         insert into drafts (member_id, step, fields, updated_at) values
           ('00000000-0000-0000-0000-00000000000a', 'about', '{}', now() - interval '31 days'),
           ('00000000-0000-0000-0000-00000000000a', 'agreements', '{}', now());
         insert into rate_buckets (key, tokens, allowed, updated_at) values
           ('code:network:192.0.2.1', 3, true, now() - interval '25 hours'), ('code:network:192.0.2.2', 3, true, now());
         insert into contact_questions (id, name, email, question, asked_at)
         select gen_random_uuid(), 'Wren', 'wren@example.org', 'May I?', now() - age
         from unnest(array[interval '367 days', interval '360 days']) as age;
         insert into digest_words (id, text_body, html_body, written_at)
         select gen_random_uuid(), 't', 'h', now() - age from unnest(array[interval '41 days', interval '39 days']) as age;
         insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, created_at,
                             expires_at, sent_at)
         select gen_random_uuid(), name, 'x', 'wren@example.org', 's', 'words', 'words', name, now() - age,
                now() + expires, now() - sent
         from (values ('old', interval '91 days', null::interval, interval '91 days'),
                      ('waiting', '91 days', null, null),
                      ('new', '1 day', null, '1 day'), ('code', '1 hour', '-50 minutes', '1 hour'))
           as mail (name, age, expires, sent);",
    )
    .execute(store.reads())
    .await
    .unwrap();

    jobs::run_once(&test.app).await.unwrap();
    for (table, left) in [
        ("sign_in_codes", 2),
        ("idempotency_keys", 1),
        ("sessions", 2),
        ("holds", 1),
        ("drafts", 1),
        ("rate_buckets", 1),
        ("contact_questions", 1),
        ("digest_words", 1),
        ("outbox", 4),
    ] {
        let count = sqlx::query(sqlx::AssertSqlSafe(format!("select count(*) from {table}")));
        assert_eq!(count.fetch_one(store.reads()).await.unwrap().get::<i64, _>(0), left, "{table}");
    }
    let words = sqlx::query("select event_key, text_body, to_address from outbox order by event_key");
    let words: Vec<(String, String, String)> =
        words.fetch_all(store.reads()).await.unwrap().iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    let expected = [
        ("code", "", "wren@example.org"),
        ("new", "words", "wren@example.org"),
        ("old", "", ""),
        ("waiting", "words", "wren@example.org"),
    ];
    for ((event, text, to), expected) in words.iter().zip(expected) {
        assert_eq!((event.as_str(), text.as_str(), to.as_str()), expected);
    }
}
