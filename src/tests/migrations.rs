//! Migrations: one by one over rows, several migrators at once, and what the application's role may not do.

use crate::support::{TestApp, new_database};
use axum::http::StatusCode;
use common_ground::store::migrate::{self, MIGRATOR};
use samples::SAMPLES;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, migrate::Migrator};
use std::{collections::BTreeSet, fs, path::Path};

mod samples;

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
    // What had become of weekly mails before their digests said so.
    let fates = "select string_agg(status, ' ' order by ends_at) from digests where ends_at < to_timestamp(4000)";
    assert_eq!(text(&mut connection, fates).await, "pending sent failed");
    // What an older program goes on to do: it marks the mail, and knows of no window.
    sqlx::raw_sql(
        "update outbox set sent_at = now() where id = md5('waits')::uuid;
         insert into digests (subscriber_id, starts_at, ends_at, status, groups, run_id, mail_id)
         select '00000000-0000-0000-0000-00000000000c', 'epoch', to_timestamp(3500), 'pending', 1,
           '00000000-0000-0000-0000-00000000000d', md5('later')::uuid;
         insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, subscriber_id, unsubscribe_url)
         values (md5('later')::uuid, 'digest:00000000-0000-0000-0000-00000000000c:3500', 'digest', 'ada@example.org', 's', 't', 'h',
           'later', '00000000-0000-0000-0000-00000000000c', 'https://circles.example.org/unsubscribe/x');
         update outbox set failed_at = now(), last_error = 'ended' where id = md5('later')::uuid",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    assert_eq!(text(&mut connection, fates).await, "sent sent failed failed");
    let empty: Vec<_> = rows(&mut connection).await.into_iter().filter(|(_, count)| *count == 0).collect();
    assert!(empty.is_empty(), "tables without a sample row: {empty:?}");
    let (_, whole) = new_database(true).await;
    assert_eq!(schema(&url).await, schema(&whole).await);
    assert!(schema(&url).await.len() > 150);
}

async fn text(connection: &mut PgConnection, sql: &'static str) -> String {
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
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
