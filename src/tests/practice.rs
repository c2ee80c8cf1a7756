//! Practice files and the demo over a real Postgres. What is wrong with a file by itself is tested beside its reader.

use crate::support::TestApp;
use chrono::NaiveDate;
use common_ground::{
    commands::{
        demo::{self, DemoOutcome},
        practice::{self, LoadError, LoadOutcome},
    },
    store::practice as practice_row,
};

/// The example of the README.
fn example() -> &'static str {
    let readme = include_str!("../../README.md");
    readme
        .split_once(
            "```toml
",
        )
        .and_then(|(_, rest)| rest.split_once("```"))
        .expect("an example in the README")
        .0
}

/// The example has a group that starts on 2027-01-12.
fn before_it_starts() -> NaiveDate {
    "2026-11-24".parse().unwrap()
}

async fn load(app: &TestApp, text: &str) -> Result<LoadOutcome, LoadError> {
    practice::load(&app.app, text, before_it_starts()).await
}

/// The lines of the mistakes, and all of their texts.
async fn refused(app: &TestApp, text: &str) -> (Vec<usize>, String) {
    let error = load(app, text).await.unwrap_err();
    let LoadError::Mistakes(mistakes) = &error else { panic!("{error}") };
    (mistakes.iter().map(|mistake| mistake.line).collect(), error.to_string())
}

fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap() + 1
}

/// Every row of every table that a load may write, with the transaction that wrote it last.
async fn rows(app: &TestApp) -> Vec<String> {
    let mut all = Vec::new();
    for table in [
        "practice",
        "accounts",
        "therapists",
        "authorities",
        "curricula",
        "groups",
        "seats",
        "meetings",
        "members",
        "reservations",
        "waiting_entries",
        "holds",
        "audit_events",
    ] {
        let text =
            format!("select coalesce(string_agg(t.xmin || t::text, e'\\n' order by t::text), '') from {table} t");
        let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_one(app.pool()).await.unwrap();
        all.push(format!("{table}\n{rows}"));
    }
    all
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(app.pool()).await.unwrap()
}

async fn text(app: &TestApp, sql: &'static str) -> String {
    sqlx::query_scalar(sql).fetch_one(app.pool()).await.unwrap()
}

async fn change(app: &TestApp, sql: &'static str) {
    sqlx::raw_sql(sql).execute(app.store().writes()).await.unwrap();
}

/// Gives seat 8 of the example's group to somebody.
async fn seat_somebody(app: &TestApp) {
    change(
        app,
        "insert into accounts (id, email) values ('11111111-1111-8111-8111-111111111111', 'somebody@example.org');
         insert into reservations (id, reference, group_id, member_id)
           select '22222222-2222-8222-8222-222222222222', 'CG 000 001', id, '11111111-1111-8111-8111-111111111111' from groups;
         update seats set state = 'reserved', member_id = '11111111-1111-8111-8111-111111111111',
           reservation_id = '22222222-2222-8222-8222-222222222222' where seat_no = 8;",
    )
    .await;
}

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    let app = TestApp::new().await;
    let LoadOutcome::Loaded(changes) = load(&app, example()).await.unwrap() else { panic!("nothing was loaded") };
    assert_eq!((changes.therapists_added.len(), changes.groups_added.len(), changes.authorities), (1, 1, 1));
    let practice = practice_row::find(app.pool()).await.unwrap().unwrap();
    assert_eq!(practice.name, "Corner Room Group Practice");
    assert_eq!(count(&app, "select count(*) from seats where state = 'free'").await, 8);
    assert_eq!(text(&app, "select status || ' ' || decide_on from groups").await, "forming 2027-01-09");
    assert_eq!(text(&app, "select role from accounts where email = 'ruth@example.org'").await, "therapist");
    assert_eq!(
        count(&app, "select count(*) from audit_events where action = 'practice loaded' and actor = 'operator'").await,
        1
    );

    let before = rows(&app).await;
    let again = load(&app, example()).await.unwrap();
    assert_eq!(again, LoadOutcome::Unchanged);
    assert_eq!(again.to_string(), "nothing to change");
    // Another text that says the same is the same.
    assert_eq!(load(&app, &format!("# a remark\n{}", example())).await.unwrap(), LoadOutcome::Unchanged);
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn with_a_mistake_nothing_is_stored() {
    let app = TestApp::new().await;
    let before = rows(&app).await;
    let text = example().replace("seats = 8", "seats = 13").replace("state = \"NY\"", "state = \"XX\"");
    let (lines, said) = refused(&app, &text).await;
    assert_eq!(lines, [line_of(&text, "state = \"XX\""), line_of(&text, "seats = 13")]);
    assert!(
        said.starts_with(&format!("line {}: ", lines[0])) && said.contains(&format!("\nline {}: ", lines[1])),
        "{said}"
    );
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn a_changed_file_changes_texts_prices_authorities_seats_and_adds_groups() {
    let app = TestApp::new().await;
    load(&app, example()).await.unwrap();
    seat_somebody(&app).await;
    let group = &example()[example().find("[[group]]").unwrap()..];
    let more = group.replace("\"living-with-anxiety\"", "\"another\"").replace("\"tue\"", "\"wed\"");
    let changed = example()
        .replace("title = \"Living with anxiety\"", "title = \"Less afraid\"")
        .replace("price_cents = 4500", "price_cents = 4000")
        .replace("number = \"000000\"", "number = \"000001\"")
        .replace("email = \"ruth@example.org\"", "email = \"ruth.okafor@example.org\"")
        .replace("seats = 8", "seats = 5")
        + &more;
    let LoadOutcome::Loaded(changes) = load(&app, &changed).await.unwrap() else { panic!("nothing was loaded") };
    assert_eq!(
        (changes.groups_added, changes.groups_changed),
        (vec!["another".to_owned()], vec!["living-with-anxiety".to_owned()])
    );
    assert_eq!(
        text(&app, "select title || price_cents from groups where slug = 'living-with-anxiety'").await,
        "Less afraid4000"
    );
    assert_eq!(text(&app, "select string_agg(number, ' ') from authorities").await, "000001");
    assert_eq!(
        text(&app, "select string_agg(email, ' ') from accounts where role = 'therapist'").await,
        "ruth.okafor@example.org"
    );
    let seats = "select string_agg(s.seat_no || s.state, ' ' order by s.seat_no) from seats s join groups g on g.id = s.group_id \
                 where g.slug = 'living-with-anxiety'";
    assert_eq!(text(&app, seats).await, "1free 2free 3free 4free 5reserved");
    assert_eq!(load(&app, &changed).await.unwrap(), LoadOutcome::Unchanged);

    // More seats again; a group that the file does not name stays.
    let LoadOutcome::Loaded(changes) = load(&app, example()).await.unwrap() else { panic!("nothing was loaded") };
    assert_eq!(changes.groups_left, ["another"]);
    assert_eq!(text(&app, seats).await, "1free 2free 3free 4free 5reserved 6free 7free 8free");
    assert_eq!(count(&app, "select count(*) from groups").await, 2);
}

#[tokio::test]
async fn what_would_hurt_people_is_refused_with_its_line() {
    let app = TestApp::new().await;
    load(&app, example()).await.unwrap();
    // While nobody has used the group, a typing mistake can be put right.
    let wednesday = example().replace("weekday = \"tue\"", "weekday = \"wed\"");
    load(&app, &wednesday).await.unwrap();
    let days = "select coalesce(string_agg(distinct extract(isodow from starts_at at time zone 'America/New_York')::text, ' '), '') from meetings";
    assert!(["", "3"].contains(&text(&app, days).await.as_str()));
    load(&app, example()).await.unwrap();

    seat_somebody(&app).await;
    let before = rows(&app).await;
    for (from, to) in [
        ("weekday = \"tue\"", "weekday = \"wed\""),
        ("time = \"19:00\"", "time = \"18:00\""),
        ("minutes = 75", "minutes = 90"),
        ("starts_on = 2027-01-12", "starts_on = 2027-01-19"),
        ("topic = \"anxiety\"", "topic = \"depression\""),
    ] {
        let changed = example().replace(from, to).replace("price_cents = 4500", "price_cents = 1");
        let (lines, said) = refused(&app, &changed).await;
        assert_eq!(lines, [line_of(&changed, to)], "{said}");
        assert!(said.contains("people have a seat there"), "{said}");
    }
    assert_eq!(rows(&app).await, before);
    change(
        &app,
        "insert into accounts (id, email)
           select gen_random_uuid(), 'p' || n || '@example.org' from generate_series(1, 5) n;
         update seats set state = 'held', hold_id = gen_random_uuid(), held_at = now(), held_until = now() + interval '1 hour',
           member_id = (select id from accounts where email = 'p' || seat_no || '@example.org') where seat_no <= 5;",
    )
    .await;
    let fewer = example().replace("seats = 8", "seats = 5");
    let (lines, said) = refused(&app, &fewer).await;
    assert_eq!(lines, [line_of(&fewer, "seats = 5")]);
    assert!(said.contains("has 6 seats taken, 1 more than 5"), "{said}");
    assert_eq!(text(&app, "select weekday || ' ' || price_cents || ' ' || capacity from groups").await, "2 4500 8");
}

#[tokio::test]
async fn a_leader_is_not_in_two_groups_at_once_even_if_the_file_knows_only_one() {
    let app = TestApp::new().await;
    load(&app, example()).await.unwrap();
    let other =
        example().replace("slug = \"living-with-anxiety\"", "slug = \"another\"").replace("\"19:00\"", "\"20:00\"");
    let (lines, said) = refused(&app, &other).await;
    assert_eq!(lines, [line_of(&other, "time = \"20:00\"")]);
    assert!(said.contains("“living-with-anxiety”, which is not in this file"), "{said}");
}

#[tokio::test]
async fn two_therapists_do_not_sign_in_with_one_address() {
    let app = TestApp::new().await;
    load(&app, example()).await.unwrap();
    let other =
        example().replace("\"ruth-okafor\"", "\"somebody-else\"").replace("\"living-with-anxiety\"", "\"another\"");
    let (lines, said) = refused(&app, &other).await;
    assert_eq!(lines, [line_of(&other, "email = \"ruth@example.org\"")], "{said}");
}

#[tokio::test]
async fn a_forming_group_that_has_moved_is_not_moved_back_by_its_file() {
    let app = TestApp::new().await;
    load(&app, example()).await.unwrap();
    change(
        &app,
        "update groups set starts_on = starts_on + 14, cycle_began_on = cycle_began_on + 14, decide_on = decide_on + 14, moved_at = now()",
    )
    .await;
    assert_eq!(load(&app, example()).await.unwrap(), LoadOutcome::Unchanged);
    load(&app, &example().replace("price_cents = 4500", "price_cents = 4600")).await.unwrap();
    assert_eq!(text(&app, "select starts_on || ' ' || price_cents from groups").await, "2027-01-26 4600");
}

/// What must be the same whenever the demo is filled on one day: ids of meetings and the clock's hours are left out.
async fn content(app: &TestApp) -> String {
    text(
        app,
        "select concat_ws(e'\\n',
           (select string_agg(concat_ws(' ', id, number, email, role), e'\\n' order by number) from accounts),
           (select string_agg(t::text, e'\\n' order by t::text) from members t),
           (select string_agg(t::text, e'\\n' order by t::text) from therapists t),
           (select string_agg(t::text, e'\\n' order by t::text) from authorities t),
           (select string_agg(t::text, e'\\n' order by t::text) from agreements t),
           (select string_agg(concat_ws(' ', id, slug, status, starts_on, decide_on, curriculum_version), e'\\n' order by slug) from groups),
           (select string_agg(concat_ws(' ', group_id, seat_no, state, member_id, hold_id, reservation_id), e'\\n'
              order by group_id, seat_no) from seats),
           (select string_agg(concat_ws(' ', id, reference, group_id, member_id, confirmed_at), e'\\n' order by id) from reservations),
           (select string_agg(concat_ws(' ', group_id, starts_at, ends_at, status), e'\\n' order by group_id, starts_at) from meetings),
           (select string_agg(t::text, e'\\n' order by t::text) from waiting_entries t))",
    )
    .await
}

#[tokio::test]
async fn the_demo_fills_an_empty_database_once_and_the_same_way() {
    let (one, other) = (TestApp::new().await, TestApp::new().await);
    let outcome = demo::run(&one.app, None).await.unwrap();
    assert!(matches!(outcome, DemoOutcome::Filled { groups: 26, .. }), "{outcome}");
    assert_eq!(demo::run(&other.app, None).await.unwrap(), outcome);
    assert_eq!(content(&one).await, content(&other).await);

    let before = rows(&one).await;
    assert_eq!(demo::run(&one.app, None).await.unwrap(), DemoOutcome::AlreadyFilled);
    assert_eq!(demo::run(&one.app, Some(3)).await.unwrap(), DemoOutcome::AlreadyFilled);
    assert_eq!(rows(&one).await, before);
    keeps_the_rules(&one).await;

    assert_eq!(text(&one, "select role from accounts where email = 'office@alderstreet.example'").await, "office");
    let history = "select count(*) from meetings m join reservations r on r.group_id = m.group_id join accounts a on a.id = r.member_id
                   where a.email = 'wren@example.org' and m.ends_at < now() and m.starts_at > r.confirmed_at";
    assert!(count(&one, history).await >= 1, "Wren has been to a meeting");
    assert_eq!(
        count(&one, "select count(*) from seats where state = 'held' and held_until > now() + interval '9 minutes'")
            .await,
        3
    );
    assert_eq!(count(&one, "select count(*) from seats where state = 'held' and held_until <= now()").await, 1);
    assert_eq!(
        count(
            &one,
            "select count(*) from (select from waiting_entries group by group_id having count(*) in (2, 4)) lines"
        )
        .await,
        2
    );
    let offered = "select count(*) from offers o join seats s on s.offer_id = o.id and s.state = 'offered' and s.held_until = o.ends_at
                   join accounts a on a.id = o.member_id
                   where o.state = 'open' and o.ends_at > now() and a.email = 'jonah@example.org'
                     and exists (select from reservations r where r.group_id = o.group_id and r.end_reason = 'released')";
    assert_eq!(count(&one, offered).await, 1, "Jonah is offered a seat that somebody gave back");
    let away =
        "select count(*) from absences b join accounts a on a.id = b.member_id join meetings m on m.id = b.meeting_id
                join reservations r on r.group_id = m.group_id and r.member_id = a.id
                where a.email = 'wren@example.org' and m.starts_at > now()";
    assert_eq!(count(&one, away).await, 1, "Wren will be away once");
    // The worker has nothing to do: nobody is passed over and nothing is offered.
    one.work().await;
    assert_eq!(count(&one, "select count(*) from offers").await, 1);
    assert_eq!(count(&one, "select count(*) from waiting_entries where skipped_at is not null").await, 0);
    let roomy = "select count(*) from groups g join therapists t on t.id = g.leader_id
                 where g.kind = 'therapy' and g.status = 'open' and g.local_time >= '17:00'
                   and exists (select from authorities a where a.therapist_id = t.id and a.state = 'NY' and a.valid_to > now())
                   and (select count(*) from meetings m where m.group_id = g.id and m.ends_at <= now()) < 2
                   and (select count(*) from seats s where s.group_id = g.id and s.state = 'free') >= 3";
    assert!(count(&one, roomy).await >= 2, "evening groups in New York have room");
}

#[tokio::test]
async fn many_groups_keep_the_rules_too() {
    let app = TestApp::new().await;
    let outcome = demo::run(&app.app, Some(60)).await.unwrap();
    assert!(matches!(outcome, DemoOutcome::Filled { groups: 60, .. }), "{outcome}");
    keeps_the_rules(&app).await;
    assert_eq!(demo::run(&app.app, Some(60)).await.unwrap(), DemoOutcome::AlreadyFilled);
}

/// What is drawn depends on the day, so a rule that only some days break would come up once in a while.
#[tokio::test]
async fn many_groups_keep_the_rules_on_other_days() {
    for days in [1, 2, 3] {
        let app = TestApp::with(|settings| settings.clock_offset_seconds = days * 24 * 60 * 60).await;
        demo::run(&app.app, Some(120)).await.unwrap();
        keeps_the_rules(&app).await;
    }
}

/// What holds for every database that we fill.
async fn keeps_the_rules(app: &TestApp) {
    for (rule, broken) in [
        (
            "a group has the seats from one to its capacity and no other",
            "select count(*) from groups g where (select array_agg(seat_no::int order by seat_no) from seats s where s.group_id = g.id)
               is distinct from (select array_agg(n) from generate_series(1, g.capacity) n)",
        ),
        (
            "nobody has more than three reservations",
            "select count(*) from (select from reservations where ended_at is null group by member_id having count(*) > 3) many",
        ),
        (
            "a reservation has its seat, and a reserved seat its reservation",
            "select count(*) from reservations r full join seats s on s.reservation_id = r.id
             where (r.id is not null and r.ended_at is null or s.state = 'reserved')
               and (s.state is distinct from 'reserved' or s.group_id <> r.group_id or s.member_id <> r.member_id)",
        ),
        (
            "whoever has a seat has signed everything and told about herself",
            "select count(*) from reservations r left join members m on m.account_id = r.member_id
             where m.born_on is null or (select count(*) from agreements a where a.member_id = r.member_id) <> 3",
        ),
        ("a reservation knows its first meeting", "select count(*) from reservations where first_meeting_id is null"),
        (
            "the first meeting is the first after confirming",
            "select count(*) from reservations r join meetings f on f.id = r.first_meeting_id
             where f.starts_at <= r.confirmed_at or exists (select from meetings m where m.group_id = r.group_id
               and m.starts_at > r.confirmed_at and m.starts_at < f.starts_at)",
        ),
        (
            "nobody is in two meetings at once",
            "select count(*) from reservations a join reservations b on a.member_id = b.member_id and a.id < b.id
             join meetings x on x.group_id = a.group_id join meetings y on y.group_id = b.group_id
             where x.starts_at < y.ends_at and y.starts_at < x.ends_at",
        ),
        (
            "nobody waits while a seat is free",
            "select count(*) from waiting_entries w join seats s on s.group_id = w.group_id where s.state = 'free'",
        ),
        ("a running group has its meetings", "select count(*) from groups g where not exists (select from meetings m where m.group_id = g.id)"),
    ] {
        assert_eq!(count(app, broken).await, 0, "{rule}");
    }
}
