//! Own data: all of hers, nobody else's, and not what nobody may see.

use crate::{
    seats::{House, confirm, hold, tell},
    support::{Browser, TestApp, database},
};
use axum::http::StatusCode;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Tables that name an account and are not in a member's export, and why.
const NOT_EXPORTED: &[(&str, &str)] = &[
    ("therapists", "a public person of the practice; members have no row"),
    ("rate_buckets", "keyed hashes that run empty within the hour"),
    ("practice", "the practice's own address"),
    ("suppressions", "keyed hashes, from which nobody can read an address"),
];

/// Columns of exported tables that are left out, and why.
const WITHHELD: &[(&str, &str)] = &[
    ("accounts.deleted_at", "whoever is deleted cannot ask"),
    ("members.account_id", "the id stands in accounts"),
    ("agreements.id", "means nothing outside"),
    ("agreements.member_id", "the id stands in accounts"),
    ("drafts.member_id", "the id stands in accounts"),
    ("reservations.id", "she knows the reference"),
    ("reservations.group_id", "the group's title stands for it"),
    ("reservations.member_id", "the id stands in accounts"),
    ("reservations.first_meeting_id", "the meeting's time stands for it"),
    ("reservations.end_note", "the leader's words for the leader and the office"),
    ("seats.group_id", "the group's title stands for it"),
    ("seats.seat_no", "seats have no places"),
    ("seats.member_id", "the id stands in accounts"),
    ("seats.hold_id", "a key"),
    ("seats.reservation_id", "the reservation stands for it"),
    ("seats.offer_id", "the offer stands for it"),
    ("seats.vacancy", "about the seat"),
    ("seats.free_from", "about the seat"),
    ("holds.id", "means nothing outside"),
    ("holds.group_id", "the group's title stands for it"),
    ("holds.member_id", "the id stands in accounts"),
    ("waiting_entries.id", "means nothing outside"),
    ("waiting_entries.group_id", "the group's title stands for it"),
    ("waiting_entries.member_id", "the id stands in accounts"),
    ("offers.id", "means nothing outside"),
    ("offers.entry_id", "the line stands for it"),
    ("offers.group_id", "the group's title stands for it"),
    ("offers.member_id", "the id stands in accounts"),
    ("offers.vacancy", "about the seat"),
    ("absences.meeting_id", "the meeting's time stands for it"),
    ("absences.member_id", "the id stands in accounts"),
    ("idempotency_keys.member_id", "the id stands in accounts"),
    ("idempotency_keys.key", "a key"),
    ("idempotency_keys.answer", "the page that followed"),
    ("sessions.id", "means nothing outside"),
    ("sessions.token_hash", "a secret's hash"),
    ("sessions.account_id", "the id stands in accounts"),
    ("sessions.code_hash", "a secret's hash"),
    ("sessions.code_until", "of a code on its way"),
    ("sessions.code_tries", "of a code on its way"),
    ("sign_in_codes.id", "means nothing outside"),
    ("sign_in_codes.email", "her address"),
    ("sign_in_codes.browser_hash", "a secret's hash"),
    ("sign_in_codes.code_hash", "a secret's hash"),
    ("sign_in_codes.link_hash", "a secret's hash"),
    ("sign_in_codes.next_path", "the page she went to"),
    ("address_changes.id", "means nothing outside"),
    ("address_changes.account_id", "the id stands in accounts"),
    ("address_changes.old_hash", "a secret's hash"),
    ("address_changes.new_hash", "a secret's hash"),
    ("calendar_feeds.account_id", "the id stands in accounts"),
    ("calendar_feeds.token_hash", "a secret's hash"),
    ("subscribers.confirm_hash", "a secret's hash"),
    ("subscribers.confirm_expires_at", "of a link on its way"),
    ("subscribers.new_email_hash", "a secret's hash"),
    ("subscribers.links", "a count that links carry"),
    ("outbox.subscriber_id", "the subscription stands for it"),
    ("outbox.unsubscribe_url", "it stands in the mail"),
    ("mail_choices.account_id", "the id stands in accounts"),
    ("contact_questions.id", "means nothing outside"),
    ("contact_questions.account_id", "the id stands in accounts"),
    ("digests.subscriber_id", "the subscription stands for it"),
    ("digests.run_id", "of the sending"),
    ("digests.mail_id", "of the sending"),
    ("outbox.id", "means nothing outside"),
    ("outbox.event_key", "a key"),
    ("outbox.to_address", "her address"),
    ("outbox.text_body", "she has the mail; codes and links stand in it"),
    ("outbox.html_body", "she has the mail; codes and links stand in it"),
    ("outbox.calendar", "she has the mail"),
    ("outbox.message_id", "she has the mail"),
    ("outbox.send_after", "of the sending"),
    ("outbox.expires_at", "of the sending"),
    ("outbox.attempts", "of the sending"),
    ("outbox.leased_until", "of the sending"),
    ("outbox.last_error", "a server's words"),
    ("outbox.subscriber_id", "of the weekly list"),
    ("outbox.unsubscribe_url", "she has the mail; a way in stands in it"),
    ("outbox.words_id", "of the sending"),
    ("outbox.preferences_url", "she has the mail; a way in stands in it"),
    ("outbox.window_ends_at", "the digest stands for it"),
    ("outbox.about_meeting", "of the sending"),
    ("outbox.about_sequence", "of the sending"),
    ("outbox.about_reservation", "of the sending"),
    ("outbox.about_offer", "of the sending"),
    ("audit_events.id", "a number of the trail"),
    ("audit_events.actor", "the role stands for it"),
    ("audit_events.subject", "other people's ids stand there"),
    ("audit_events.detail", "other people's ids may stand there"),
];

async fn file(browser: &mut Browser) -> (Value, String) {
    let answer = browser.post("/account/data.json", &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"common-ground.json\"");
    assert_eq!(answer.headers["cache-control"], "no-store");
    (serde_json::from_str(&answer.body).unwrap(), answer.body)
}

/// Each subscriber was told of one week.
const TOLD_A_WEEK: &str = "
    with run as (insert into digest_runs (id, began_at, expected) values (gen_random_uuid(), now(), 1) returning id)
    insert into digests (subscriber_id, starts_at, ends_at, status, groups, run_id)
    select s.id, now() - interval '7 days', now(), 'sent', 2, run.id from subscribers s, run";

/// Foreign keys to accounts, members and subscribers, or to a row that has one, however far; and columns that hold one of them
/// or an address without a key. A therapist is a public person: what refers to her is not about a member.
const NAMING: &str = "
    with recursive hers (of) as (
      values ('accounts'::regclass::oid), ('members'::regclass::oid), ('subscribers'::regclass::oid)
      union
      select conrelid from pg_constraint join hers on confrelid = of
      where contype = 'f' and of <> 'therapists'::regclass)
    select of::regclass::text from hers
    union
    select distinct table_name::text from information_schema.columns
      where table_schema = 'public'
        and (column_name in ('account_id', 'member_id', 'subscriber_id', 'actor', 'subject', 'key') or column_name like '%email%' or column_name like '%address%')";

/// A table that only says which reservation, hold or line it is about says of whom it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_names_her_by_another_one_is_noticed() {
    let house = House::new().await;
    house.change("create table echoes (id uuid primary key, reservation_id uuid references reservations (id))").await;
    house.change("create table echoes_of_echoes (echo_id uuid references echoes (id))").await;
    house.change("create table of_groups (group_id uuid references groups (id))").await;
    let naming: Vec<String> = sqlx::query_scalar(NAMING).fetch_all(&house.owner).await.unwrap();
    for (table, named) in [("echoes", true), ("echoes_of_echoes", true), ("of_groups", false), ("groups", false)] {
        assert_eq!(naming.iter().any(|name| name == table), named, "{table}: {naming:?}");
    }
}

/// Somebody with rows wherever she can have some.
async fn full(house: &House, name: &'static str) -> Browser {
    let mut browser = house.ready(name, "g0").await;
    confirm(&mut browser, "g0").await;
    hold(&mut browser, "g1").await;
    house.offer(name, "g2").await;
    browser.call("/api/account/address", &[("email", &format!("{name}.new@example.org"))]).await;
    browser.call("/api/account/calendar-make", &[]).await;
    browser.call("/api/account/mails", &[("day_before", "true")]).await;
    let meeting: String = sqlx::query_scalar(
        "select m.id::text from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() + interval '8 days' order by starts_at limit 1",
    )
    .fetch_one(&house.owner)
    .await
    .unwrap();
    browser.call("/api/absences/tell", &[("meeting", &meeting)]).await;
    // A draft that is not finished, and a code that was asked for.
    let mut other = browser.clone();
    hold(&mut other, "g3").await;
    other.call("/api/reserve/about", &[("slug", "g3"), ("phone", "555 777")]).await;
    let key = common_ground::server::state::new_key().to_string();
    let email = format!("{name}@example.org");
    let question = [("key", key.as_str()), ("name", name), ("email", &email), ("question", "May I bring my dog?")];
    browser.call("/api/contact/ask", &question).await;
    house.test.browser().post("/api/notifications/subscribe", &[("email", &email)]).await;
    house.change(TOLD_A_WEEK).await;
    house.test.browser().post("/api/sign-in/request", &[("email", &format!("{name}@example.org"))]).await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_that_names_her_is_in_the_file_with_every_column() {
    let house = House::new().await;
    let mut robin = full(&house, "robin").await;
    let (whole, _) = file(&mut robin).await;
    let data = whole["data"].as_object().unwrap();

    let naming: Vec<String> = sqlx::query_scalar(NAMING).fetch_all(&house.owner).await.unwrap();
    assert!(naming.len() > 15, "{naming:?}");
    let exported: BTreeSet<_> = data.keys().map(String::as_str).collect();
    let excepted: BTreeSet<_> = NOT_EXPORTED.iter().map(|(table, _)| *table).collect();
    for table in &naming {
        let known = exported.contains(table.as_str()) != excepted.contains(table.as_str());
        assert!(
            known,
            "{table} names members: export it in store/account_data.rs, and erase it in store/account_deletion.rs"
        );
    }

    let columns: Vec<(String, String)> = sqlx::query_as(
        "select table_name::text, column_name::text from information_schema.columns where table_schema = 'public'",
    )
    .fetch_all(&house.owner)
    .await
    .unwrap();
    let mut by_table = BTreeMap::<_, BTreeSet<_>>::new();
    for (table, column) in columns {
        by_table.entry(table).or_default().insert(column);
    }
    let withheld: BTreeSet<_> = WITHHELD.iter().map(|(column, _)| *column).collect();
    for (table, rows) in data {
        let rows = rows.as_array().unwrap();
        let row = rows.first().unwrap_or_else(|| panic!("the test makes no row of {table}"));
        for column in &by_table[table] {
            let is_withheld = withheld.contains(format!("{table}.{column}").as_str());
            assert!(
                row.get(column).is_some() != is_withheld,
                "{table}.{column} is neither in the file nor withheld with a reason"
            );
        }
    }
    let page = robin.get("/account/data").await;
    for words in ["Robin Ashby", "555 010 0142", "Seats you reserved", "Circle g0", "Absences you told", "The trail"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    // In words that she knows, and with what is left out. Between the words stand the marks that a browser takes over by.
    let words_of = page.body.replace("<!>", "");
    for words in [
        "<dt>Name that your group sees</dt>",
        "<dt>Ends when it is not used for</dt><dd>one hour</dd>",
        "<dt>Your state</dt><dd>New York</dd>",
        "<dd>A code to sign in</dd>",
        "<dd>Reserved for you</dd>",
        "what a therapist noted for the practice when ending a seat",
    ] {
        assert!(words_of.contains(words), "{words}: {words_of}");
    }
    for raw in ["Idle seconds", "Says adult", "Outside us", "<dd>sign_in_code</dd>", "<dd>NY</dd>", "<dt>Kind</dt>"] {
        assert!(!words_of.contains(raw), "{raw}: {words_of}");
    }
    assert!(whole["about"].as_str().unwrap().contains("what a therapist noted for the practice when ending a seat"));
    assert_eq!(house.count("select count(*) from audit_events where action = 'own data taken'").await, 1);
}

/// Each table is found by an index that begins with what it is looked for by. The trail has one index that a hold does not
/// stand in beside the one that it does, so that a hold pays for one.
#[tokio::test(flavor = "multi_thread")]
async fn no_table_is_read_whole() {
    let house = House::new().await;
    for (table, column) in [
        ("agreements", "member_id"),
        ("reservations", "member_id"),
        ("seats", "member_id"),
        ("absences", "member_id"),
        ("waiting_entries", "member_id"),
        ("offers", "member_id"),
        ("holds", "member_id"),
        ("drafts", "member_id"),
        ("sessions", "account_id"),
        ("sign_in_codes", "email"),
        ("address_changes", "account_id"),
        ("calendar_feeds", "account_id"),
        ("contact_questions", "email"),
        ("contact_questions", "account_id"),
        ("digests", "subscriber_id"),
        ("idempotency_keys", "member_id"),
        ("outbox", "to_address"),
        ("audit_events", "actor"),
        ("audit_events", "subject"),
    ] {
        let found: i64 = sqlx::query_scalar(
            "select count(*) from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
             where i.indrelid = $1::regclass and a.attname = $2 and i.indisvalid
               and coalesce(pg_get_expr(i.indpred, i.indrelid), '') in ('', '(member_id IS NOT NULL)', '(account_id IS NOT NULL)', '(action <> ''seat held''::text)')",
        )
        .bind(table)
        .bind(column)
        .fetch_one(&house.owner)
        .await
        .unwrap();
        assert_eq!(found, 1, "an index on {table} ({column})");
    }
    let of_a_hold = "select count(*) from pg_index where indrelid = 'audit_events'::regclass and indpred is null";
    assert_eq!(house.count(of_a_hold).await, 2, "the primary key and one more");
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_it_along_over_and_over_is_refused() {
    let test = TestApp::with(|settings| settings.rate_limits = true).await;
    let mut robin = test.signed_in("robin@example.com").await;
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(robin.post("/account/data.json", &[]).await.status);
    }
    assert_eq!(statuses[..10], [StatusCode::OK; 10]);
    assert_eq!(statuses[10..], [StatusCode::TOO_MANY_REQUESTS; 2]);
    let file = robin.post("/account/data.json", &[]).await;
    let wait = file.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let taken: i64 = sqlx::query_scalar("select count(*) from audit_events where action = 'own data taken'")
        .fetch_one(test.pool())
        .await
        .unwrap();
    assert_eq!(taken, 10, "what was refused was not taken");
    // Opening is reading: the page is there, the address of the file leads to it, and nothing is written for either.
    let before = database::rows_without(&test, &[("sessions", "used_at")]).await;
    assert_eq!(robin.get("/account/data").await.status, StatusCode::OK);
    assert_eq!(robin.get("/account/data.json").await.location(), Some("/account/data"));
    assert_eq!(database::rows_without(&test, &[("sessions", "used_at")]).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_elses_word_is_in_it() {
    let house = House::new().await;
    let mut robin = full(&house, "robin").await;
    // Her neighbour in the same circle, whose words occur nowhere else.
    let mut wren = house.member("zyxwv").await;
    hold(&mut wren, "g0").await;
    tell(&mut wren, "g0").await;
    confirm(&mut wren, "g0").await;
    sqlx::query("update members set display_name = 'Qanary', legal_name = 'Qanary Personova', phone = '555 019 7731' where account_id = $1")
        .bind(house.account("zyxwv").await)
        .execute(&house.owner)
        .await
        .unwrap();
    house.change("update reservations set end_note = 'Zettelnote' where ended_at is null").await;
    let reference: String = sqlx::query_scalar(
        "select reference from reservations r join accounts a on a.id = r.member_id where email like 'zyxwv%'",
    )
    .fetch_one(&house.owner)
    .await
    .unwrap();
    let id = house.account("zyxwv").await.to_string();
    let ruth: String =
        sqlx::query_scalar("select account_id::text from therapists where account_id is not null limit 1")
            .fetch_one(&house.owner)
            .await
            .unwrap();
    // Somebody of the practice has read something of hers: she sees that, and not who.
    sqlx::query("insert into audit_events (actor, action, subject) values ($1, 'profile read', $2)")
        .bind(&ruth)
        .bind(house.account("robin").await.to_string())
        .execute(&house.owner)
        .await
        .unwrap();
    // A stranger types her address by mistake.
    let key = common_ground::server::state::new_key().to_string();
    let typo =
        [("key", key.as_str()), ("name", "Typonia"), ("email", "robin@example.org"), ("question", "Frage von Typonia")];
    assert_eq!(house.test.browser().call("/api/contact/ask", &typo).await.status, StatusCode::OK);
    let (whole, text) = file(&mut robin).await;
    let page = robin.get("/account/data").await;
    assert!(text.contains("May I bring my dog?"), "a negative control: what she asked herself");
    assert!(page.body.contains("anybody can type an address"), "{}", page.body);
    for word in ["Typonia", "Qanary", "Personova", "019 7731", "zyxwv", &reference, &id, &ruth, "Zettelnote"] {
        assert!(!text.contains(word) && !page.body.contains(word), "{word}");
    }
    let trail = whole["data"]["audit_events"].as_array().unwrap();
    let read = trail.iter().find(|event| event["action"] == "profile read").expect("the read");
    assert_eq!(read["who"], "a therapist");
    assert!(trail.iter().any(|event| event["who"] == "you"));
    // What product.md keeps from her own export, whatever its table will be called.
    for kept in ["meeting_record", "psychotherapy", "group_record"] {
        assert!(whole["data"].as_object().unwrap().keys().all(|table| !table.contains(kept)), "{kept}");
    }
}
