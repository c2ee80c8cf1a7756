//! The store's own pieces: token buckets, drafts, whom the audit trail names, the lock of a group.

use crate::support::TestApp;
use common_ground::{
    domain::{
        about::FieldError,
        ids::{AccountId, GroupId},
    },
    server::state::sha256,
    store::{
        Actor, Conn, Failure, Store, Tx, audit,
        drafts::{self, DraftStep},
        locks,
        rate::{self, Bucket},
        sessions::{self, Member},
    },
};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use uuid::Uuid;

async fn take(store: &Store, key: &'static str, bucket: Bucket) -> Result<(), u32> {
    let work = move |mut tx: Tx| async move {
        let taken = rate::take(&mut tx, key, bucket).await?;
        Ok((tx, taken))
    };
    store.write::<_, Failure, _, _>(Actor::Visitor, work).await.unwrap()
}

/// Lets the bucket's time pass.
async fn pass(store: &Store, key: &str, seconds: f64) {
    sqlx::query("update rate_buckets set updated_at = updated_at - make_interval(secs => $2) where key = $1")
        .bind(key)
        .bind(seconds)
        .execute(store.reads())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_bucket_gives_what_it_holds_then_says_how_long_and_fills_again() {
    let test = TestApp::new().await;
    let (store, bucket) = (test.store(), Bucket { capacity: 3.0, refill: 1.0 / 60.0 });
    for _ in 0..3 {
        assert_eq!(take(store, "a", bucket).await, Ok(()));
    }
    assert_eq!(take(store, "a", bucket).await, Err(60));
    assert_eq!(take(store, "b", bucket).await, Ok(()), "another key is another bucket");
    pass(store, "a", 45.0).await;
    let left = take(store, "a", bucket).await.unwrap_err();
    assert!((14..=15).contains(&left), "{left}");
    // A refusal takes nothing: asking again and again does not push the time away.
    for _ in 0..5 {
        assert!(take(store, "a", bucket).await.unwrap_err() <= left);
    }
    pass(store, "a", f64::from(left)).await;
    assert_eq!(take(store, "a", bucket).await, Ok(()));
    assert!(take(store, "a", bucket).await.is_err());
    // It never holds more than its capacity, however long nobody came.
    pass(store, "a", 1_000_000.0).await;
    for _ in 0..3 {
        assert_eq!(take(store, "a", bucket).await, Ok(()));
    }
    assert!(take(store, "a", bucket).await.is_err());
    // Nobody is told to wait for longer than an hour.
    let slow = Bucket { capacity: 1.0, refill: 1.0 / 1_000_000.0 };
    assert_eq!((take(store, "slow", slow).await, take(store, "slow", slow).await), (Ok(()), Err(3600)));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_never_both_get_the_last_token() {
    let test = TestApp::new().await;
    let bucket = Bucket { capacity: 4.0, refill: 0.000_001 };
    for key in ["a", "b", "c", "d"] {
        let takers = (0..12).map(|_| {
            let store = test.store().clone();
            tokio::spawn(async move { take(&store, key, bucket).await })
        });
        let taken =
            futures::future::join_all(takers).await.into_iter().filter(|taken| taken.as_ref().unwrap().is_ok()).count();
        assert_eq!(taken, 4, "{key}");
    }
}

#[tokio::test]
async fn a_token_of_a_write_that_failed_is_not_taken() {
    let test = TestApp::new().await;
    let bucket = Bucket { capacity: 1.0, refill: 0.000_001 };
    let fails = move |mut tx: Tx| async move {
        assert_eq!(rate::take(&mut tx, "a", bucket).await?, Ok(()));
        Err::<(Tx, ()), _>(Failure::Broken("undone".to_owned()))
    };
    test.store().write(Actor::Visitor, fails).await.unwrap_err();
    assert_eq!(take(test.store(), "a", bucket).await, Ok(()));
}

/// Signs in through the pages and gives the token's hash beside the account.
async fn session(test: &TestApp, email: &str) -> (sessions::TokenHash, AccountId) {
    let browser = test.signed_in(email).await;
    (sha256(browser.cookies["session"].as_bytes()), test.account(email).await)
}

async fn member(conn: &mut Conn, token: &sessions::TokenHash) -> Member {
    sessions::prove(conn, token).await.unwrap().unwrap().into_member().unwrap()
}

#[tokio::test]
async fn a_draft_is_kept_as_typed_replaced_and_forgotten() {
    let test = TestApp::new().await;
    let (store, (token, account)) = (test.store(), session(&test, "wren@example.org").await);
    let (_, other) = session(&test, "robin@example.org").await;
    let found = async |member, step| drafts::find::<Vec<String>>(store.reads(), member, step).await.unwrap();
    assert_eq!(found(account, DraftStep::About).await, None);

    let wrong = vec![FieldError::new("phone", "Please write a number we can call.")];
    let typed = vec!["  '; drop table drafts; --".to_owned(), "„Wren“ \u{1f426}".to_owned()];
    for (typed, errors) in [(vec!["first".to_owned()], Vec::new()), (typed.clone(), wrong.clone())] {
        let work = move |mut tx: Tx| async move {
            let member = member(&mut tx, &token).await;
            drafts::keep(&mut tx, &member, DraftStep::About, &typed, &errors).await?;
            Ok((tx, ()))
        };
        store.write::<_, Failure, _, _>(Actor::Visitor, work).await.unwrap();
    }
    assert_eq!(found(account, DraftStep::About).await, Some((typed, wrong)));
    assert_eq!(found(account, DraftStep::Agreements).await, None, "each step has its own");
    assert_eq!(found(other, DraftStep::About).await, None, "nobody sees another's");
    let older = drafts::find::<u32>(store.reads(), account, DraftStep::About).await.unwrap();
    assert_eq!(older, None, "a draft of another form is none");

    let forget = move |mut tx: Tx| async move {
        let member = member(&mut tx, &token).await;
        drafts::forget(&mut tx, &member, DraftStep::About).await?;
        Ok((tx, ()))
    };
    store.write::<_, Failure, _, _>(Actor::Visitor, forget).await.unwrap();
    assert_eq!(found(account, DraftStep::About).await, None);
}

async fn actor_of(store: &Store, subject: &str) -> String {
    let actors = sqlx::query_scalar("select actor from audit_events where subject = $1").bind(subject);
    actors.fetch_one(store.reads()).await.unwrap()
}

#[tokio::test]
async fn the_trail_names_who_acted() {
    let test = TestApp::new().await;
    let (store, (token, account)) = (test.store(), session(&test, "wren@example.org").await);
    let actors = [
        (Actor::Visitor, "visitor".to_owned()),
        (Actor::Worker, "worker".to_owned()),
        (Actor::Operator, "operator".to_owned()),
        (Actor::Account(account), account.to_string()),
    ];
    for (number, (actor, name)) in actors.into_iter().enumerate() {
        let work = move |mut tx: Tx| async move {
            audit::record(&mut tx, "tested", number, json!({})).await?;
            Ok((tx, ()))
        };
        store.write::<_, Failure, _, _>(actor, work).await.unwrap();
        assert_eq!(actor_of(store, &number.to_string()).await, name);
    }
    // A request begins as a visitor's; once the member is proved, what follows is hers.
    let work = move |mut tx: Tx| async move {
        member(&mut tx, &token).await;
        audit::record(&mut tx, "tested", "hers", json!({})).await?;
        Ok((tx, ()))
    };
    store.write::<_, Failure, _, _>(Actor::Visitor, work).await.unwrap();
    assert_eq!(actor_of(store, "hers").await, account.to_string());
    // The name goes with the transaction: nobody who gets the connection next inherits it.
    let mut connection = store.writes().acquire().await.unwrap();
    audit::record(&mut connection, "tested", "nobody", json!({})).await.unwrap();
    drop(connection);
    assert_eq!(actor_of(store, "nobody").await, "unknown");
    let trail = audit::inspect(store.reads()).await.unwrap();
    assert!(trail.is_sound() && trail.events > 5, "{trail:?}");
}

const GROUP: GroupId = GroupId(Uuid::from_u128(0x1234_5678_9abc_def0));
const OTHER: GroupId = GroupId(Uuid::from_u128(0x1234_5678_9abc_def1));

/// Holds the lock of the group until told to let go; resolves once it has it.
async fn keep_lock(store: &Store, exclusive: bool) -> (oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let (has, has_it) = oneshot::channel();
    let (let_go, until) = oneshot::channel::<()>();
    let store = store.clone();
    let task = tokio::spawn(async move {
        let work = move |mut tx: Tx| async move {
            lock(&mut tx, GROUP, exclusive).await?;
            has.send(()).unwrap();
            until.await.unwrap();
            Ok((tx, ()))
        };
        store.write::<_, Failure, _, _>(Actor::Worker, work).await.unwrap();
    });
    has_it.await.unwrap();
    (let_go, task)
}

async fn lock(conn: &mut Conn, group: GroupId, exclusive: bool) -> Result<(), Failure> {
    if exclusive { locks::exclusive(conn, group).await.map(drop) } else { locks::shared(conn, group).await.map(drop) }
}

/// Takes a lock and gives it back at once; says how long it took, or why it did not.
async fn try_lock(store: &Store, group: GroupId, exclusive: bool) -> Result<Duration, Failure> {
    let began = Instant::now();
    let work = move |mut tx: Tx| async move {
        lock(&mut tx, group, exclusive).await?;
        Ok((tx, ()))
    };
    store.write::<_, Failure, _, _>(Actor::Worker, work).await.map(|()| began.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_share_a_groups_lock_and_only_one_has_it_alone() {
    let test = TestApp::new().await;
    let store = test.store();
    let quick = Duration::from_secs(1);

    let (let_go, task) = keep_lock(store, false).await;
    assert!(try_lock(store, GROUP, false).await.unwrap() < quick, "shared beside shared");
    assert!(try_lock(store, OTHER, true).await.unwrap() < quick, "another group's lock");
    let waiting = store.clone();
    let alone = tokio::spawn(async move { try_lock(&waiting, GROUP, true).await });
    tokio::time::sleep(quick).await;
    assert!(!alone.is_finished(), "exclusive waits for shared");
    let_go.send(()).unwrap();
    assert!(alone.await.unwrap().unwrap() >= quick);
    task.await.unwrap();

    let (let_go, task) = keep_lock(store, true).await;
    for exclusive in [false, true] {
        // The lock timeout of three seconds ends the wait, as something that trying again can help.
        let refused = try_lock(store, GROUP, exclusive).await.unwrap_err();
        assert!(matches!(refused, Failure::Away(_)), "{refused:?}");
    }
    let_go.send(()).unwrap();
    task.await.unwrap();
    assert!(try_lock(store, GROUP, true).await.unwrap() < quick, "it ends with the transaction");
}
