//! The facts of groups that a program keeps: at every moment they say what the groups in full say, whoever writes.

use super::wishes;
use crate::support::{TestApp, new_database};
use chrono_tz::Tz;
use common_ground::{
    commands::demo,
    domain::{
        catalog::GroupFacts,
        facets::Facets,
        finder::{FinderQuery, Sort},
        listing::{find, relaxations},
    },
    server::catalog::{Current, current},
    store::groups::{Scope, listings},
};
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// So many wishes, the same in each run.
fn some_wishes(count: usize) -> Vec<FinderQuery> {
    let mut runner = TestRunner::deterministic();
    let mut all = vec![FinderQuery::default(), FinderQuery { open: true, sort: Sort::Seats, ..FinderQuery::default() }];
    all.extend((0..count).map(|_| wishes().new_tree(&mut runner).unwrap().current()));
    all
}

/// What is kept, and how it differs from what the groups in full say.
async fn compared(test: &TestApp, zone: Tz, queries: &[FinderQuery]) -> (Current, Vec<String>) {
    let kept = current(&test.app).await.unwrap();
    let all = listings(test.store().reads(), Scope::Listed, None, kept.at, zone).await.unwrap();
    let mut differences = Vec::new();
    if kept.groups.all().len() != all.len() {
        differences.push(format!("{} groups instead of {}", kept.groups.all().len(), all.len()));
    }
    for query in queries {
        let search = kept.groups.search(query, &zone);
        let found: Vec<_> = search.found.iter().map(|group| group.slug()).collect();
        let expected: Vec<_> = find(&all, query).iter().map(|listing| listing.slug.as_str()).collect();
        if found != expected {
            differences.push(format!("{query:?}: {found:?} instead of {expected:?}"));
        }
        let counted = Facets::of(&all, query);
        if search.facets != counted {
            differences.push(format!("{query:?}: {:?} instead of {counted:?}", search.facets));
        }
        if expected.is_empty() && kept.groups.relaxations(query, &zone) != relaxations(&all, query) {
            differences.push(format!("{query:?}: other ways out"));
        }
    }
    (kept, differences)
}

async fn agrees(test: &TestApp, zone: Tz, queries: &[FinderQuery], when: &str) -> Current {
    let (kept, differences) = compared(test, zone, queries).await;
    assert_eq!(differences, Vec::<String>::new(), "{when}");
    kept
}

fn facts<'a>(kept: &'a Current, slug: &str) -> Option<&'a GroupFacts> {
    kept.groups.all().iter().find(|group| group.slug() == slug)
}

async fn change(test: &TestApp, sql: &str) {
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut owner)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    owner.close().await.unwrap();
}

/// Seconds from now to some days before the clocks of the United States change.
fn to_the_clock_change() -> i64 {
    let before: chrono::DateTime<chrono::Utc> = "2027-03-11T15:00:00Z".parse().unwrap();
    (before - common_ground::server::state::machine_time()).num_seconds()
}

#[tokio::test]
async fn many_groups_of_every_sort_are_counted_exactly() {
    let test = TestApp::with(|settings| settings.clock_offset_seconds = to_the_clock_change()).await;
    demo::run(&test.app, Some(520)).await.unwrap();
    // Of every nth group something is otherwise, so that all of it meets somewhere.
    change(
        &test,
        "create temporary view numbered as select id, leader_id, row_number() over (order by slug) as n from groups;
         update authorities set valid_to = '2027-03-14' where therapist_id in (select leader_id from numbered where n % 4 = 0);
         update authorities set valid_from = '2027-03-16' where therapist_id in (select leader_id from numbered where n % 11 = 0)
           and state <> 'NY' and valid_to > '2027-03-16';
         update groups set zone = 'Pacific/Honolulu' where id in (select id from numbered where n % 6 = 0);
         update seats set held_until = now() - interval '1 second' where state = 'held' and seat_no % 2 = 0;
         update groups set status = 'closed', closes_on = '2027-03-01' where id in (select id from numbered where n % 29 = 0);
         update meetings set status = 'cancelled' where group_id in (select id from numbered where n % 9 = 0)
           and starts_at between '2027-03-11' and '2027-03-19';
         update meetings set status = 'paused' where group_id in (select id from numbered where n % 31 = 0);
         insert into accounts (id, email) select ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, n || '@line.example'
           from generate_series(1, 4) n;
         insert into members (account_id, state, says_adult, born_on) values
           ('00000000-0000-0000-0000-000000000001', 'NY', true, null), ('00000000-0000-0000-0000-000000000002', 'PR', true, null),
           ('00000000-0000-0000-0000-000000000003', 'NJ', false, '1990-01-01'), ('00000000-0000-0000-0000-000000000004', null, true, null);
         insert into waiting_entries (id, group_id, member_id) select gen_random_uuid(), g.id, a.id
           from numbered g join accounts a on a.email like (1 + g.n % 5) || '@line.example' where g.n % 7 < 2",
    )
    .await;
    let queries = some_wishes(40);
    for zone in [chrono_tz::America::New_York, chrono_tz::Pacific::Auckland, chrono_tz::Asia::Kolkata] {
        let kept = agrees(&test, zone, &queries, zone.name()).await;
        let open = kept.groups.all().iter().filter(|group| group.can_hold()).count();
        let of_all = kept.groups.all().len();
        assert!(of_all >= 500 && open > 100 && open < of_all - 100, "a negative control: {open} of {of_all} are open");
    }
}

/// Whatever a fact comes from, changed by hand: what it is, and the statement.
const CHANGES: &[(&str, &str)] = &[
    ("a seat is held", "insert into accounts (id, email) values ('00000000-0000-0000-0000-000000000001', 'new@example.org');
        update seats set state = 'held', member_id = '00000000-0000-0000-0000-000000000001', hold_id = gen_random_uuid(),
          held_at = now(), held_until = now() + interval '1 hour'
        where (group_id, seat_no) = (select group_id, seat_no from seats where state = 'free' limit 1)"),
    ("a hold has lapsed", "update seats set held_until = now() - interval '1 second' where state = 'held'"),
    ("holds are let go", "update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null,
        offer_id = null where state in ('held', 'offered')"),
    ("seats are released", "update seats set state = 'free', member_id = null, reservation_id = null where state = 'reserved' and seat_no = 2"),
    ("somebody joins a line", "insert into waiting_entries (id, group_id, member_id) select gen_random_uuid(), g.id, m.account_id
        from groups g, (select account_id from members where state = 'NY' limit 1) m where g.status <> 'closed'
        and not exists (select from waiting_entries w where w.group_id = g.id and w.member_id = m.account_id and w.ended_at is null)"),
    ("they move", "update members set state = 'PR' where not outside_us"),
    ("they turn eligible", "update members set state = 'NY', says_adult = true where not outside_us"),
    ("a vacancy was offered before", "update seats s set vacancy = gen_random_uuid() where state = 'free' and vacancy is null;
        insert into offers (id, entry_id, group_id, member_id, vacancy, ends_at, state, closed_at)
          select gen_random_uuid(), w.id, w.group_id, w.member_id, s.vacancy, now(), 'declined', now()
          from waiting_entries w join seats s on s.group_id = w.group_id and s.state = 'free' where w.ended_at is null
          on conflict do nothing"),
    ("that offer was never made", "delete from offers where state = 'declined'"),
    ("lines end", "update waiting_entries set ended_at = now(), end_reason = 'left' where ended_at is null
        and group_id in (select id from groups order by id limit 12)"),
    ("nobody ever waited", "update seats set offer_id = null, vacancy = null; delete from offers; delete from waiting_entries"),
    ("an authority ends", "update authorities set valid_to = current_date - 1 where state = 'NY'"),
    ("authorities are lost", "delete from authorities where state = 'NJ'"),
    ("one is new", "insert into authorities select gen_random_uuid(), id, 'compact', 'OH', 'Psychologist', '1', '2020-01-01',
        '2040-01-01', 'Ada', '2026-01-01' from therapists limit 2"),
    ("a therapist has another name", "update therapists set name = 'Ruth Renamed'"),
    ("groups have other titles", "update groups set title = 'Anxiety evening' where capacity = 8"),
    ("another leader", "update groups set leader_id = (select id from therapists order by slug desc limit 1)"),
    ("another kind", "update groups set kind = 'skills', topic = 'anxiety' where kind = 'process'"),
    ("a curriculum goes in a circle", "update curricula set mode = 'rolling'"),
    ("and not any more", "update curricula set mode = 'closed'; update groups set cycle_began_on = current_date - 90"),
    ("a new cycle", "update groups set cycle_began_on = current_date + 1"),
    ("next meetings are cancelled", "update meetings set status = 'cancelled' where starts_at < now() + interval '5 days' and ends_at > now()"),
    ("meetings are moved", "update meetings set starts_at = starts_at + interval '7 hours', ends_at = ends_at + interval '7 hours'"),
    ("meetings are gone", "update reservations set first_meeting_id = null; delete from absences;
        delete from meetings where group_id in (select id from groups order by slug limit 3)"),
    ("a new address", "update groups set slug = 'a-' || slug"),
    ("leaders look first", "update groups set confirm = 'after the leader''s look' where slug like '%e%'"),
    ("seats are reserved at once again", "update groups set confirm = 'at once'"),
    ("larger groups", "update groups set capacity = 12; insert into seats (group_id, seat_no) select id, n from groups, generate_series(1, 12) n
        on conflict do nothing"),
    ("a group closes", "update groups set status = 'closed', closes_on = current_date where slug = (select min(slug) from groups where status = 'open')"),
    ("it opens again", "update groups set status = 'open', closes_on = null where status = 'closed'"),
    ("a new group", "insert into groups select (jsonb_populate_record(g, jsonb_build_object('id', gen_random_uuid(), 'slug', 'brand-new'))).*
        from groups g limit 1"),
    ("a group is gone", "delete from groups where slug = 'brand-new'"),
];

#[tokio::test]
async fn whatever_is_written_by_whatever_hand_is_seen_at_once() {
    let test = TestApp::demo().await;
    let queries = some_wishes(12);
    let zone = chrono_tz::America::Los_Angeles;
    let mut before = agrees(&test, zone, &queries, "at the start").await;
    let mut idle = Vec::new();
    for (what, sql) in CHANGES {
        change(&test, sql).await;
        let kept = agrees(&test, zone, &queries, what).await;
        if kept.groups.all() == before.groups.all() {
            idle.push(what);
        }
        before = kept;
    }
    assert_eq!(idle, Vec::<&&str>::new(), "a negative control: these change nothing");
    // Where nothing is written down, nothing is seen: that is what the triggers are for, and that this test would notice.
    change(&test, "alter table seats disable trigger all; update seats set state = 'free', member_id = null, reservation_id = null").await;
    let (_, differences) = compared(&test, zone, &queries).await;
    assert!(!differences.is_empty());
}

#[tokio::test]
async fn what_ends_by_itself_ends_without_a_write() {
    let test = TestApp::demo().await;
    let zone = chrono_tz::America::New_York;
    let queries = some_wishes(6);
    change(
        &test,
        "insert into accounts (id, email) values ('00000000-0000-0000-0000-000000000001', 'new@example.org');
         update seats set state = 'held', member_id = '00000000-0000-0000-0000-000000000001', hold_id = gen_random_uuid(),
           held_at = now(), held_until = now() + interval '1500 milliseconds', reservation_id = null
         where group_id = (select id from groups where status = 'open' order by slug limit 1) and seat_no = 1;
         update meetings set starts_at = now() - interval '1 hour', ends_at = now() + interval '1500 milliseconds'
         where id in (select distinct on (group_id) id from meetings where ends_at > now() and status = 'scheduled'
           and group_id in (select id from groups where status = 'open' order by slug desc limit 3) order by group_id, starts_at)",
    )
    .await;
    let during = agrees(&test, zone, &queries, "while they last").await;
    sleep(Duration::from_secs(2)).await;
    let after = agrees(&test, zone, &queries, "when they are over").await;
    let differs = |one: &&GroupFacts| facts(&after, one.slug()) != Some(*one);
    assert_eq!(
        during.groups.all().iter().filter(differs).count(),
        4,
        "a negative control: one hold and three meetings"
    );
}

/// Each writer has a group of her own, in which she knows what is free; commits come in another order than beginnings.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_has_written_finds_it_in_every_program() {
    const WRITERS: usize = 6;
    let (url, owner_url) = new_database(true).await;
    let one = Arc::new(TestApp::over(url.clone(), owner_url.clone(), |_| {}));
    let two = Arc::new(TestApp::over(url, owner_url.clone(), |_| {}));
    one.fill().await;
    change(
        &one,
        "update seats set state = 'free', member_id = null, reservation_id = null, hold_id = null, held_at = null, held_until = null,
           offer_id = null, vacancy = null;
         update waiting_entries set ended_at = now(), end_reason = 'left' where ended_at is null;
         update groups set cycle_began_on = current_date + 1",
    )
    .await;
    let kept = current(&one.app).await.unwrap();
    let slugs: Vec<_> = kept
        .groups
        .all()
        .iter()
        .filter(|group| group.can_hold())
        .map(|group| group.slug().to_owned())
        .take(WRITERS)
        .collect();
    assert_eq!(slugs.len(), WRITERS);
    // Somebody who has begun before and does not end: what is seen must not depend on her.
    let mut idler = PgConnection::connect(&owner_url).await.unwrap();
    sqlx::raw_sql("begin; update practice set billing = billing").execute(&mut idler).await.unwrap();
    let writers = slugs.into_iter().enumerate().map(|(number, slug)| {
        let (one, two, owner_url) = (one.clone(), two.clone(), owner_url.clone());
        tokio::spawn(async move {
            let mut owner = PgConnection::connect(&owner_url).await.unwrap();
            let capacity: i64 = sqlx::query_scalar("select count(*) from seats s join groups g on g.id = s.group_id where g.slug = $1")
                .bind(&slug)
                .fetch_one(&mut owner)
                .await
                .unwrap();
            for round in 0..25_usize {
                let held = (round * 3 + number) % usize::try_from(capacity).unwrap();
                let pause = Duration::from_millis(u64::try_from(round * 7 + number * 5).unwrap() % 13);
                let mut transaction = owner.begin().await.unwrap();
                let write = sqlx::query(
                    "update seats s set state = case when seat_no <= $2 then 'held' else 'free' end,
                       member_id = case when seat_no <= $2 then (select id from accounts order by id offset seat_no limit 1) end,
                       hold_id = case when seat_no <= $2 then gen_random_uuid() end,
                       held_at = case when seat_no <= $2 then now() end,
                       held_until = case when seat_no <= $2 then now() + interval '1 hour' end
                     from groups g where g.id = s.group_id and g.slug = $1",
                );
                write.bind(&slug).bind(i32::try_from(held).unwrap()).execute(&mut *transaction).await.unwrap();
                sleep(pause).await;
                transaction.commit().await.unwrap();
                for test in [&one, &two] {
                    let kept = current(&test.app).await.unwrap();
                    let free = facts(&kept, &slug).map(|group| usize::from(group.open_seats));
                    assert_eq!(free, Some(usize::try_from(capacity).unwrap() - held), "{slug} in round {round}");
                }
            }
        })
    });
    for writer in futures::future::join_all(writers.collect::<Vec<_>>()).await {
        writer.unwrap();
    }
    sqlx::raw_sql("commit").execute(&mut idler).await.unwrap();
    for test in [&one, &two] {
        agrees(test, chrono_tz::UTC, &some_wishes(4), "at the end").await;
    }
}

/// The changes are found by their transactions, however many there are, and old ones are not kept.
#[tokio::test]
async fn old_changes_go_and_new_ones_are_found_by_index() {
    let test = TestApp::demo().await;
    current(&test.app).await.unwrap();
    change(
        &test,
        "insert into group_changes (xid, group_id, changed_at)
           select '1'::xid8, gen_random_uuid(), now() - interval '3 hours' from generate_series(1, 30000)",
    )
    .await;
    let mut owner = PgConnection::connect(&test.owner_url).await.unwrap();
    sqlx::raw_sql("set plan_cache_mode = force_generic_plan").execute(&mut owner).await.unwrap();
    sqlx::raw_sql(
        "prepare look (text) as select group_id from group_changes
           where xid >= pg_snapshot_xmin($1::pg_snapshot) and xid < pg_snapshot_xmax(pg_current_snapshot())",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    let plan: Vec<String> =
        sqlx::query_scalar("explain execute look (pg_current_snapshot()::text)").fetch_all(&mut owner).await.unwrap();
    assert!(plan.join("\n").contains("group_changes_xid_idx"), "{plan:#?}");
    test.work().await;
    let old: i64 =
        sqlx::query_scalar("select count(*) from group_changes where changed_at < now() - interval '2 hours'")
            .fetch_one(test.pool())
            .await
            .unwrap();
    assert_eq!(old, 0);
    agrees(&test, chrono_tz::UTC, &some_wishes(2), "afterwards").await;
}
