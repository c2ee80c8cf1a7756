//! `backup` and `restore` as they are typed.

use super::{ALONE, Place, Plan};
use crate::{
    outbox::{enqueue, letter},
    seats::House,
    support::{TestApp, new_database},
};
use common_ground::store::migrate::MIGRATOR;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, migrate::Migrator};
use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, path::Path};

async fn run(place: &Place, urls: &(String, String), arguments: &[&str]) -> (Option<i32>, String) {
    let plan = Plan::new(arguments, place).await;
    plan.with("DATABASE_URL", &urls.0).with("MIGRATE_URL", &urls.1).run().await
}

/// Rows and a hash of every table. What a restore changes on purpose is left out.
async fn contents(owner_url: &str) -> BTreeMap<String, (i64, Option<String>)> {
    let mut owner = PgConnection::connect(owner_url).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public'")
        .fetch_all(&mut owner)
        .await
        .unwrap();
    let mut contents = BTreeMap::new();
    for table in tables {
        let changed = match table.as_str() {
            "sessions" => "- 'revoked_at'",
            "sign_in_codes" => "- 'used_at'",
            "outbox" => "- 'send_after' - 'leased_until'",
            _ => "",
        };
        let rows = match table.as_str() {
            "audit_events" => "where action <> 'database restored'",
            // Names transactions, which mean something to one server only.
            "group_changes" => "where false",
            _ => "",
        };
        let sql = format!(
            "select count(*), md5(string_agg(row, chr(10) order by row))
             from (select (to_jsonb(t) {changed})::text as row from {table} t {rows}) rows"
        );
        contents.insert(table, sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&mut owner).await.unwrap());
    }
    contents
}

async fn number(url: &str, sql: &'static str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn is_refused(url: &str, sql: &'static str) -> bool {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.is_err()
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with("log-") && name != "secret" && name != "mail");
    names.sort();
    names
}

/// Ends the offers of the demo practice, which a restore would end.
async fn end_offers(owner_url: &str) {
    let mut owner = PgConnection::connect(owner_url).await.unwrap();
    sqlx::raw_sql(
        "update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, offer_id = null
         where state = 'offered';
         update offers set state = 'ended', closed_at = now() where closed_at is null;
         update waiting_entries set ended_at = now(), end_reason = 'left' where ended_at is null",
    )
    .execute(&mut owner)
    .await
    .unwrap();
}

/// Mails to a member of the demo practice, without reminders of this week's meetings: those are due on some days only.
fn old_mails(test: &TestApp) -> usize {
    let mails = test.mails("wren@example.org");
    mails
        .iter()
        .filter(|mail| mail.header("subject").is_some_and(|subject| !subject.starts_with("Your circle ")))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_comes_back_whole_and_says_nothing_by_itself() {
    let _alone = ALONE.lock().await;
    let place = Place::new();
    let urls = new_database(true).await;
    let test = TestApp::over(urls.0.clone(), urls.1.clone(), |_| {});
    test.fill().await;
    end_offers(&urls.1).await;
    test.signed_in("robin@example.org").await;
    for event in ["one", "two", "three"] {
        enqueue(test.store(), letter(event)).await.unwrap();
    }
    let before = contents(&urls.1).await;
    assert!(before.len() > 15 && before["seats"].0 > 50 && before["sessions"].0 == 1, "{before:?}");

    let file = place.0.join("practice.backup");
    let name = file.to_str().unwrap();
    let (code, words) = run(&place, &urls, &["backup", name]).await;
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "nobody else may read it");
    let bytes = fs::read(&file).unwrap();
    let (code, words) = run(&place, &urls, &["backup", name]).await;
    assert!(code == Some(1) && words.contains("is there already"), "{code:?} {words}");
    assert_eq!((fs::read(&file).unwrap(), names_in(&place.0)), (bytes, vec!["practice.backup".to_owned()]));
    assert_eq!(contents(&urls.1).await, before, "a backup changes nothing");

    // Over one that holds something: nothing happens. Over one without a table, and over one that was only migrated: all.
    let (code, words) = run(&place, &urls, &["restore", name]).await;
    assert!(code == Some(3) && words.contains("nothing was changed"), "{code:?} {words}");
    assert_eq!(contents(&urls.1).await, before);
    for migrated in [false, true] {
        let fresh = new_database(migrated).await;
        let (code, words) = run(&place, &fresh, &["restore", name]).await;
        assert_eq!(code, Some(0), "{words}");
        assert!(words.contains("3 mails") && words.contains("mails release"), "{words}");
        assert_eq!(contents(&fresh.1).await, before);

        let (code, words) = run(&place, &fresh, &["audit", "verify"]).await;
        assert_eq!(code, Some(0), "{words}");
        for sql in ["update audit_events set actor = ''", "delete from audit_events", "truncate audit_events"] {
            assert!(is_refused(&fresh.1, sql).await && is_refused(&fresh.0, sql).await, "{sql}");
        }
        for sql in ["create table mine ()", "drop table seats", "delete from _sqlx_migrations"] {
            assert!(is_refused(&fresh.0, sql).await, "{sql}");
        }
        let ninth = "insert into seats (group_id, seat_no) select id, capacity + 1 from groups";
        assert!(is_refused(&fresh.0, ninth).await, "the seats are guarded");
        assert_eq!(number(&fresh.0, "select count(*) from seats").await, before["seats"].0);
        assert_eq!(number(&fresh.1, "select count(*) from sessions where revoked_at is null").await, 0);
        assert_eq!(number(&fresh.1, "select count(*) from sign_in_codes where used_at is null").await, 0);
        let written = "select count(*) from audit_events where action = 'database restored' and actor = 'operator'";
        assert_eq!(number(&fresh.1, written).await, 1);

        // The application works over it, and the old mails stay where they are until somebody decides.
        let restored = TestApp::over(fresh.0.clone(), fresh.1.clone(), |_| {});
        restored.signed_in("wren.again@example.org").await;
        assert_eq!(old_mails(&restored), 0, "nothing old is sent by itself");
        let (code, words) = run(&place, &fresh, &["mails", if migrated { "release" } else { "discard" }]).await;
        assert!(code == Some(0) && words.contains("3 held mails"), "{words}");
        restored.work().await;
        assert_eq!(old_mails(&restored), if migrated { 3 } else { 0 });
    }
    let fresh = new_database(false).await;
    let (code, words) = run(&place, &fresh, &["restore", name, "--send-mails"]).await;
    assert_eq!(code, Some(0), "{words}");
    let restored = TestApp::over(fresh.0, fresh.1, |_| {});
    restored.work().await;
    assert_eq!(old_mails(&restored), 3);
}

/// Nobody could answer an offer while there was no database: it is no decline, and whoever had it is the first again.
#[tokio::test(flavor = "multi_thread")]
async fn an_offer_of_that_day_is_over_and_counts_for_nothing() {
    let _alone = ALONE.lock().await;
    let place = Place::new();
    let (house, _line) = House::with_line(&["wren", "ida"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    let first = house.offer_of("wren", "g0").await.expect("an offer");
    // It ends before the backup is restored.
    house.end_offers().await;
    let urls = (house.test.app.settings.database_url.clone().unwrap(), house.test.owner_url.clone());
    let (file, fresh) = (place.0.join("open.backup"), new_database(false).await);
    let name = file.to_str().unwrap();
    for (urls, arguments) in [(&urls, ["backup", name]), (&fresh, ["restore", name])] {
        let (code, words) = run(&place, urls, &arguments).await;
        assert_eq!(code, Some(0), "{words}");
    }
    let ended = "select count(*) from offers where state = 'ended' and closed_at is not null";
    assert_eq!((number(&fresh.1, ended).await, number(&fresh.1, "select count(*) from offers").await), (1, 1));
    let written = "select count(*) from audit_events where action = 'offer ended' and actor = 'operator'";
    assert_eq!(number(&fresh.1, written).await, 1);
    let free = "select count(*) from seats s join groups g on g.id = s.group_id where slug = 'g0'
        and state = 'free' and member_id is null and offer_id is null and vacancy is null";
    assert_eq!(number(&fresh.1, free).await, 1);

    let restored = House::over(TestApp::over(fresh.0, fresh.1, |_| {})).await;
    restored.test.work().await;
    assert_eq!(restored.line("g0").await, [("wren".to_owned(), 0), ("ida".to_owned(), 0)]);
    assert!(restored.offer_of("wren", "g0").await.is_some_and(|offer| offer != first), "she is the first again");
    assert_eq!(restored.mailed("wren", "offer_over").await.len(), 0, "nobody is told that she did not answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_an_older_schema_is_brought_to_this_one() {
    /// The first schema that anybody could have made a backup of.
    const FIRST: i64 = 20_261_124_080_600;
    let _alone = ALONE.lock().await;
    let (place, urls) = (Place::new(), new_database(false).await);
    let mut owner = PgConnection::connect(&urls.1).await.unwrap();
    let older = MIGRATOR.iter().filter(|migration| migration.version <= FIRST).cloned().collect::<Vec<_>>();
    let older = Migrator { migrations: older.into(), ..Migrator::DEFAULT };
    older.run(&mut owner).await.unwrap();
    sqlx::raw_sql("insert into accounts (id, email) values (gen_random_uuid(), 'wren@example.org')")
        .execute(&mut owner)
        .await
        .unwrap();
    let file = place.0.join("old.backup");
    let name = file.to_str().unwrap();
    let (code, words) = run(&place, &urls, &["backup", name]).await;
    assert_eq!(code, Some(0), "{words}");
    // Over a database that has this program's schema already, which the older one must not mix with.
    let fresh = new_database(true).await;
    let (code, words) = run(&place, &fresh, &["restore", name]).await;
    assert_eq!(code, Some(0), "{words}");
    let migrations = i64::try_from(MIGRATOR.iter().count()).unwrap();
    assert_eq!(number(&fresh.1, "select count(*) from _sqlx_migrations").await, migrations);
    assert_eq!(number(&fresh.0, "select count(*) from accounts").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_backup_changes_nothing() {
    let _alone = ALONE.lock().await;
    let (place, urls) = (Place::new(), new_database(true).await);
    let test = TestApp::over(urls.0.clone(), urls.1.clone(), |_| {});
    test.fill().await;
    let file = place.0.join("whole.backup");
    let (code, words) = run(&place, &urls, &["backup", file.to_str().unwrap()]).await;
    assert_eq!(code, Some(0), "{words}");
    let whole = fs::read(&file).unwrap();
    fs::write(place.0.join("nonsense"), "this is no backup").unwrap();
    fs::write(place.0.join("half"), &whole[..whole.len() * 2 / 3]).unwrap();
    for name in ["nonsense", "half", "missing"] {
        let fresh = new_database(true).await;
        let tables = contents(&fresh.1).await;
        let (code, words) = run(&place, &fresh, &["restore", place.0.join(name).to_str().unwrap()]).await;
        assert_eq!(code, Some(1), "{name}: {words}");
        assert_eq!(contents(&fresh.1).await, tables, "{name}: {words}");
    }
    let nowhere = place.0.join("no-such-folder").join("a.backup");
    let (code, words) = run(&place, &urls, &["backup", nowhere.to_str().unwrap()]).await;
    assert_eq!(code, Some(1), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_of_ones_own_is_backed_up_and_restored_as_well() {
    let _alone = ALONE.lock().await;
    let place = Place::new();
    let file = place.0.join("desk.backup");
    let name = file.to_str().unwrap();
    let at = async |folder: &str, arguments: &[&str]| {
        let data = place.0.join(folder).display().to_string();
        Plan::new(arguments, &place).await.with("DATA_DIR", &data).run().await
    };
    for (folder, arguments, expected) in [
        ("one", &["demo"][..], 0),
        ("one", &["backup", name], 0),
        ("other", &["restore", name], 0),
        ("other", &["demo"], 3),
        ("other", &["audit", "verify"], 0),
        ("one", &["restore", name], 3),
    ] {
        let (code, words) = at(folder, arguments).await;
        assert_eq!(code, Some(expected), "{arguments:?}: {words}");
    }
}

/// Whoever ended the weekly mail after the backup is on the list again: so it waits for somebody to decide.
#[tokio::test(flavor = "multi_thread")]
async fn the_weekly_mail_rests_after_a_restore() {
    let _alone = ALONE.lock().await;
    let (place, urls) = (Place::new(), new_database(true).await);
    let test = TestApp::over(urls.0.clone(), urls.1.clone(), |_| {});
    test.fill().await;
    super::digest::due(test.pool(), "wren@example.org").await;
    let file = place.0.join("list.backup");
    let name = file.to_str().unwrap();
    let (code, words) = run(&place, &urls, &["backup", name]).await;
    assert_eq!(code, Some(0), "{words}");
    let fresh = new_database(false).await;
    let (code, words) = run(&place, &fresh, &["restore", name]).await;
    assert!(code == Some(0) && words.contains("`common-ground digest release`"), "{words}");
    let (code, words) = run(&place, &fresh, &["digest", "run"]).await;
    assert!(code == Some(0) && words.contains("held back since a restore"), "{words}");
    for said in ["The weekly mail goes on", "It was not held back"] {
        let (code, words) = run(&place, &fresh, &["digest", "release"]).await;
        assert!(code == Some(0) && words.contains(said), "{words}");
    }
    let (_, words) = run(&place, &fresh, &["digest", "run"]).await;
    assert!(words.contains("Nobody is due."), "hours that are past stay past: {words}");
    // In an hour that is still to come she hears.
    let mut owner = PgConnection::connect(&fresh.1).await.unwrap();
    sqlx::raw_sql("update digest_cells set done_until = now() - interval '2 hours'").execute(&mut owner).await.unwrap();
    let (_, words) = run(&place, &fresh, &["digest", "run"]).await;
    assert!(words.contains("sent: 1"), "{words}");
    let other = new_database(false).await;
    let (code, words) = run(&place, &other, &["restore", name, "--send-mails"]).await;
    assert_eq!(code, Some(0), "{words}");
    let (_, words) = run(&place, &other, &["digest", "run"]).await;
    assert!(words.contains("sent: 1"), "{words}");
}
