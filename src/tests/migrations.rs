//! Migrations: one by one over rows, several migrators at once, and what the application's role may not do.

use crate::support::{TestApp, new_database};
use axum::http::StatusCode;
use common_ground::store::migrate::{self, MIGRATOR};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, migrate::Migrator};
use std::{collections::BTreeSet, fs, path::Path};

/// Rows that are put in after a migration, so that those after it run over rows. Whoever adds a table adds rows here.
const SAMPLES: &[(&str, &str)] = &[
    (
        "practice create",
        "insert into practice (name, address, phone, email, zone, billing)
         values ('Alder Street', '214 Alder Street', '+1 555 010 0100', 'office@example.org', 'America/New_York', '');
         insert into accounts (id, email, role) values ('00000000-0000-0000-0000-00000000000a', 'wren@example.org', 'member'),
           ('00000000-0000-0000-0000-00000000000b', 'ruth@example.org', 'therapist');
         insert into therapists (id, account_id, slug, name, credentials, profession, email)
         values ('00000000-0000-0000-0000-000000000009', '00000000-0000-0000-0000-00000000000b', 'ruth', 'Ruth', 'PsyD',
           'Psychologist', 'ruth@example.org');
         insert into authorities (id, therapist_id, kind, state, title, number, valid_from, valid_to, checked_by, checked_on)
         values (gen_random_uuid(), '00000000-0000-0000-0000-000000000009', 'license', 'NY', 'Psychologist', '1',
           '2026-01-01', '2027-12-31', 'Ada', '2026-11-01')",
    ),
    (
        "group create",
        "insert into curricula (slug, version, title, mode, units) values ('process', 'v1', 'Process', 'closed', '[{}]');
         insert into groups (id, slug, title, kind, leader_id, summary, happens, status, weekday, local_time, zone, minutes,
           price_cents, starts_on, curriculum_slug, curriculum_version, cycle_began_on)
         values ('00000000-0000-0000-0000-000000000001', 'low-tide', 'Low tide', 'process',
           '00000000-0000-0000-0000-000000000009', '', '', 'open', 7, '19:00', 'America/New_York', 75, 0, '2027-01-01',
           'process', 'v1', '2027-03-08');
         insert into meetings (id, group_id, week, starts_at, ends_at) values ('00000000-0000-0000-0000-000000000002',
           '00000000-0000-0000-0000-000000000001', '2027-03-08', '2027-03-14 23:00Z', '2027-03-15 00:15Z')",
    ),
    (
        "member create",
        "insert into members (account_id, display_name, state) values ('00000000-0000-0000-0000-00000000000a', 'Wren', 'NY');
         insert into agreements (id, member_id, kind, version, text_hash, signed_name)
         values (gen_random_uuid(), '00000000-0000-0000-0000-00000000000a', 'group', '2026-09-01', 'ab', 'Wren Ashby');
         insert into drafts (member_id, step, fields) values ('00000000-0000-0000-0000-00000000000a', 'about', '{}')",
    ),
    (
        "seat create",
        "insert into reservations (id, reference, group_id, member_id) values ('00000000-0000-0000-0000-000000000003',
           'CG 7Q4 M2X', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000a');
         insert into seats (group_id, seat_no) select '00000000-0000-0000-0000-000000000001', generate_series(1, 8);
         update seats set state = 'reserved', member_id = '00000000-0000-0000-0000-00000000000a',
           reservation_id = '00000000-0000-0000-0000-000000000003' where seat_no = 3;
         insert into holds (id, group_id, member_id) values (gen_random_uuid(), '00000000-0000-0000-0000-000000000001',
           '00000000-0000-0000-0000-00000000000a');
         insert into waiting_entries (id, group_id, member_id) values (gen_random_uuid(),
           '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000b');
         insert into idempotency_keys (member_id, action, key, answer)
         values ('00000000-0000-0000-0000-00000000000a', 'hold', gen_random_uuid(), '\"/program\"')",
    ),
    (
        "session create",
        "insert into sign_in_codes (id, email, browser_hash, code_hash, link_hash, expires_at)
         values (gen_random_uuid(), 'wren@example.org', 'a', 'b', 'c', now());
         insert into sessions (id, token_hash, account_id, idle_seconds, expires_at)
         values (gen_random_uuid(), 'a', '00000000-0000-0000-0000-00000000000a', 1800, now());
         insert into rate_buckets (key, tokens, allowed) values ('code:strangers', 3, true)",
    ),
    ("audit create", "insert into audit_events (actor, action, subject) values ('operator', 'practice loaded', 'x')"),
    (
        "outbox create",
        "insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id)
         values (gen_random_uuid(), 'e', 'sign_in_code', 'wren@example.org', 's', 't', 'h', '<m@example.org>')",
    ),
    (
        "waiting offer",
        "insert into offers (id, entry_id, group_id, member_id, vacancy, ends_at)
         select '00000000-0000-0000-0000-000000000004', id, group_id, member_id, '00000000-0000-0000-0000-000000000005', now()
         from waiting_entries;
         update seats set state = 'offered', member_id = '00000000-0000-0000-0000-00000000000b', held_at = now(),
           hold_id = '00000000-0000-0000-0000-000000000004', offer_id = '00000000-0000-0000-0000-000000000004',
           vacancy = '00000000-0000-0000-0000-000000000005', held_until = now() where seat_no = 4",
    ),
    (
        "absence create",
        "insert into absences (meeting_id, member_id)
         values ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-00000000000a')",
    ),
    (
        "contact question create",
        "insert into contact_questions (id, name, email, question) values (gen_random_uuid(), 'Wren', 'wren@example.org', 'q')",
    ),
    (
        "address change create",
        "insert into address_changes (id, account_id, new_email, old_hash, new_hash, expires_at)
         values (gen_random_uuid(), '00000000-0000-0000-0000-00000000000a', 'new@example.org', 'o', 'n', now())",
    ),
    (
        "calendar feed create",
        "insert into calendar_feeds (account_id, token_hash) values ('00000000-0000-0000-0000-00000000000a', 't')",
    ),
    ("group change create", "update groups set summary = 'About what comes and goes.'"),
    (
        "subscriber create",
        "insert into subscribers (id, email, status, topics, days, zone, consent_version, consent_text, confirmed_at)
         values ('00000000-0000-0000-0000-00000000000c', 'ada@example.org', 'confirmed', '{anxiety}', '{1,3}', 'America/New_York',
           '2026-11-29', 'Yes', now());
         insert into suppressions (email_mac, reason) values ('s', 'wiped');
         insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, subscriber_id,
           unsubscribe_url)
         values (gen_random_uuid(), 'digest:1', 'digest', 'ada@example.org', 's', 't', 'h', '<1@h>',
           '00000000-0000-0000-0000-00000000000c', 'https://circles.example.org/unsubscribe/x')",
    ),
    (
        "digest create",
        "insert into group_news (group_id, at, what) select id, now(), 'opened' from groups limit 1;
         insert into digest_runs (id, began_at, expected) values ('00000000-0000-0000-0000-00000000000d', now(), 1);
         insert into digests (subscriber_id, starts_at, ends_at, status, groups, run_id)
         values ('00000000-0000-0000-0000-00000000000c', now() - interval '7 days', now(), 'skipped', 0,
           '00000000-0000-0000-0000-00000000000d');
         insert into digest_cells (zone, weekday, hour, done_until) values ('America/New_York', 1, 9, now())",
    ),
    (
        "digest words",
        "insert into digest_words (id, text_body, html_body) values ('00000000-0000-0000-0000-00000000000e', 't', 'h')",
    ),
    (
        "question account",
        "insert into contact_questions (id, name, email, question, account_id)
         values (gen_random_uuid(), 'Wren', 'wren@example.org', 'q', '00000000-0000-0000-0000-00000000000a')",
    ),
    (
        "reminder create",
        "insert into mail_choices (account_id, day_before) values ('00000000-0000-0000-0000-00000000000a', false);
         insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, about_meeting,
           about_sequence, about_reservation)
         values (gen_random_uuid(), 'meeting_day:00000000-0000-0000-0000-000000000002:00000000-0000-0000-0000-00000000000a', 'meeting_day', 'wren@example.org', 's', 't', 'h', '<2@h>',
           '00000000-0000-0000-0000-000000000002', 0, '00000000-0000-0000-0000-000000000003')",
    ),
    (
        "list amend",
        "update subscribers set asked = '{\"topics\": [\"depression\"], \"zone\": \"UTC\"}';
         insert into group_news (group_id, at, what) select id, now(), 'freed' from groups limit 1",
    ),
];

/// What the database says its schema is, one line for each thing in it.
const SCHEMA: &str = "
    select format('column %s.%s %s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                  a.attidentity, pg_get_expr(d.adbin, d.adrelid), c.reloptions)
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on (d.adrelid, d.adnum) = (c.oid, a.attnum)
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
    union all select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    from pg_constraint where connamespace = 'public'::regnamespace
    union all select format('index %s', indexdef) from pg_indexes where schemaname = 'public'
    union all select format('trigger %s %s', pg_get_triggerdef(oid), tgenabled) from pg_trigger where not tgisinternal
    union all select format('function %s', pg_get_functiondef(oid)) from pg_proc where pronamespace = 'public'::regnamespace
    union all select format('policy %s %s %s', tablename, policyname, qual) from pg_policies
    order by 1";

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("a connection")
}

async fn schema(url: &str) -> Vec<String> {
    sqlx::query_scalar(SCHEMA).fetch_all(&mut connect(url).await).await.expect("the schema")
}

/// Tables with the number of their rows.
async fn rows(connection: &mut PgConnection) -> Vec<(String, i64)> {
    sqlx::query_as(
        "select relname::text, (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I', relname), true, true, '')))
             [1]::text::bigint
         from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1",
    )
    .fetch_all(connection)
    .await
    .expect("the tables")
}

#[tokio::test]
async fn each_migration_runs_over_the_rows_of_those_before_it() {
    let (_, url) = new_database(false).await;
    let mut connection = connect(&url).await;
    let all: Vec<_> = MIGRATOR.iter().cloned().collect();
    let mut samples: BTreeSet<_> = SAMPLES.iter().map(|(name, _)| *name).collect();
    for count in 1..=all.len() {
        let migration = &all[count - 1];
        let before = rows(&mut connection).await;
        let run = Migrator::with_migrations(all[..count].to_vec()).run(&mut connection).await;
        run.unwrap_or_else(|error| panic!("{} over rows: {error}", migration.description));
        let after = rows(&mut connection).await;
        for (table, count) in before.iter().filter(|(table, _)| table != "_sqlx_migrations") {
            assert!(after.contains(&(table.clone(), *count)), "{} loses rows of {table}", migration.description);
        }
        if let Some((name, sample)) = SAMPLES.iter().find(|(name, _)| *name == migration.description) {
            sqlx::raw_sql(*sample).execute(&mut connection).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            samples.remove(name);
        }
    }
    assert_eq!(samples.len(), 0, "rows for a migration that is none");
    let empty: Vec<_> = rows(&mut connection).await.into_iter().filter(|(_, count)| *count == 0).collect();
    assert!(empty.is_empty(), "tables without a sample row: {empty:?}");
    let (_, whole) = new_database(true).await;
    assert_eq!(schema(&url).await, schema(&whole).await);
    assert!(schema(&url).await.len() > 150);
}

/// Constraints that no program of any version relies on: a run is written in the transaction of its digests, and a Message-ID is
/// made from the key of its row.
const KEPT_BY_NOBODY: [&str; 2] = ["digests_run_id_fkey", "outbox_message_key"];

/// What is wrong with the name or the statements of a migration.
fn faults(name: &str, sql: &str) -> Vec<String> {
    let mut found = Vec::new();
    let stem = name.strip_suffix(".sql").unwrap_or_default();
    let (time, words) = stem.split_once('_').unwrap_or_default();
    let parts: Vec<_> = words.split('_').collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let is_time = chrono::NaiveDateTime::parse_from_str(time, "%Y%m%d%H%M%S").is_ok() && time.len() == 14;
    if !is_time || parts.len() < 2 || !parts.iter().all(is_word) {
        found.push("its name is not YYYYMMDDhhmmss_<noun>_<change>.sql".to_owned());
    }
    let code: Vec<_> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let code = code.join("\n").to_lowercase();
    let words: Vec<_> =
        code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    let made: BTreeSet<_> = words.windows(3).filter(|w| w[..2] == ["create", "table"]).map(|w| w[2]).collect();
    for (at, word) in words.iter().enumerate() {
        let next = |ahead: usize| words.get(at + ahead).copied().unwrap_or_default();
        // Whoever reads, reads the same without an index, and nobody relies on these promises.
        let is_free = *word == "drop"
            && (next(1) == "index" && next(2) == "concurrently"
                || next(1) == "constraint" && KEPT_BY_NOBODY.contains(&next(2)));
        if (["drop", "rename"].contains(word) && !is_free) || (*word == "truncate" && !["on", "or"].contains(&next(1)))
        {
            found.push(format!("{word}: the program that still runs needs what is there"));
        }
        let index = match (*word, next(1)) {
            ("create", "index") => at + 1,
            ("create", "unique") => at + 2,
            _ => continue,
        };
        let table = words[index..].iter().skip_while(|word| **word != "on").nth(1).copied().unwrap_or_default();
        if words.get(index + 1) != Some(&"concurrently") && !made.contains(table) {
            found.push(format!("an index on {table} locks out its writers: concurrently"));
        }
    }
    for statement in code.split(';').map(str::trim).filter(|statement| statement.starts_with("alter table")) {
        let table = statement.split_whitespace().nth(2).unwrap_or_default();
        let rewrites = statement.contains(" type ") || statement.contains("set not null");
        let scans = statement.contains("add constraint") && !statement.contains("not valid");
        if (rewrites || scans) && !made.contains(table) {
            found.push(format!("{table} is rewritten or read whole under a lock: {statement}"));
        }
    }
    found
}

#[test]
fn migrations_are_named_and_lock_nobody_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
        let found = faults(&name, &fs::read_to_string(&entry).unwrap());
        assert_eq!(found, Vec::<String>::new(), "{name}");
        assert!(names.insert(name[..14].to_owned()), "two migrations of {}", &name[..14]);
    }
    assert_eq!(names.len(), MIGRATOR.iter().count());

    let good = "20270101120000_seat_note.sql";
    assert_eq!(
        faults(good, "create table a (b int); create index on a (b); -- drop it\nalter table c add column d int"),
        [""; 0]
    );
    assert_eq!(faults(good, "create unique index concurrently a_key on a (b)"), [""; 0]);
    assert_eq!(faults(good, "drop index concurrently a_key"), [""; 0]);
    assert_eq!(faults(good, "alter table digests drop constraint digests_run_id_fkey"), [""; 0]);
    for (name, sql) in [
        ("2027010112000_seat_note.sql", ""),
        ("20271301120000_seat_note.sql", ""),
        ("20270101120000_seat.sql", ""),
        ("20270101120000_Seat_note.sql", ""),
        (good, "alter table a drop column b"),
        (good, "alter table a drop constraint a_key"),
        (good, "truncate a"),
        (good, "drop index a_key"),
        (good, "create index a_idx on a (b)"),
        (good, "create table c (d int); create unique index a_idx on a (b)"),
        (good, "alter table a alter column b type bigint"),
        (good, "alter table a add constraint a_positive check (b > 0)"),
    ] {
        assert_eq!(faults(name, sql).len(), 1, "{name} {sql}");
    }
}

#[tokio::test]
async fn several_migrators_at_once_all_succeed() {
    let (application, owner) = new_database(false).await;
    let migrators = (0..6).map(|_| migrate::run(&owner, &application));
    for migrated in futures::future::join_all(migrators).await {
        migrated.expect("a migrator");
    }
    assert!(migrate::is_current(&mut connect(&application).await).await.unwrap());
}

/// A program that is killed while it makes an index leaves one that serves nobody; the next start makes it again.
#[tokio::test]
async fn an_index_whose_making_was_interrupted_is_made_again() {
    let (application, owner) = new_database(true).await;
    let mut connection = connect(&owner).await;
    sqlx::raw_sql(
        "update pg_index set indisvalid = false where indexrelid = 'outbox_address_idx'::regclass;
         delete from _sqlx_migrations where description = 'outbox index'",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    migrate::run(&owner, &application).await.expect("a migration");
    let valid: bool =
        sqlx::query_scalar("select indisvalid from pg_index where indexrelid = 'outbox_address_idx'::regclass")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert!(valid);
}

#[tokio::test]
async fn the_application_has_no_rights_that_it_does_not_need() {
    let (url, owner) = new_database(true).await;
    let mut application = connect(&url).await;
    let powers: i64 = sqlx::query_scalar(
        "select (select count(*) from pg_roles where rolname = current_user
                   and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls))
              + (select count(*) from pg_class where relowner = current_user::regrole)
              + (select count(*) from pg_auth_members where member = current_user::regrole)",
    )
    .fetch_one(&mut application)
    .await
    .unwrap();
    assert_eq!(powers, 0);
    sqlx::raw_sql("insert into audit_events (actor, action, subject) values ('a', 'b', 'c')")
        .execute(&mut application)
        .await
        .expect("it may append");
    for refused in [
        "update audit_events set actor = 'x'",
        "delete from audit_events",
        "truncate audit_events",
        "alter table audit_events disable trigger all",
        "drop trigger audit_append_only on audit_events",
        "drop table audit_events",
        "set session_replication_role = replica",
        "create table own (a int)",
        "create function audit_refuse_change() returns trigger language plpgsql as 'begin return null; end'",
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) values (1, 'x', true, 'x', 1)",
        "update _sqlx_migrations set success = false",
        "delete from _sqlx_migrations",
        "truncate seats",
        "alter table seats drop constraint seats_free_is_empty",
        "copy seats to program 'cat'",
        "create role other superuser",
    ] {
        let error = sqlx::raw_sql(refused).execute(&mut application).await.expect_err(refused);
        let code =
            error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned();
        assert_eq!(code, "42501", "{refused}: {error}");
    }
    // Whoever owns the table is stopped by the triggers.
    let mut owner = connect(&owner).await;
    for refused in ["update audit_events set actor = 'x'", "delete from audit_events", "truncate audit_events"] {
        let error = sqlx::raw_sql(refused).execute(&mut owner).await.expect_err(refused);
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_ready_and_an_older_one_is_not() {
    let test = TestApp::new().await;
    let mut owner = connect(&test.owner_url).await;
    assert_eq!(test.browser().get("/readyz").await.status, StatusCode::OK);
    sqlx::raw_sql(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         values (20991231235959, 'seat later', true, 'x', 1)",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    assert_eq!(test.browser().get("/readyz").await.status, StatusCode::OK, "a newer program is being rolled out");
    let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("delete from _sqlx_migrations where version = {newest}")))
        .execute(&mut owner)
        .await
        .unwrap();
    assert_eq!(test.browser().get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
}
