//! The order of locks: two who wait for each other would be a deadlock, which Postgres ends by failing one of them. Each
//! test stops the first where it holds what the second wants, by a row that somebody else keeps for a moment.

use super::{address::link, deletion::delete};
use crate::{
    seats::{House, address, line::join},
    support::{Answer, Browser},
};
use axum::http::StatusCode;
use sqlx::{Postgres, Transaction};
use std::time::Duration;

impl House {
    /// Keeps a row locked until the transaction ends.
    async fn keep(&self, sql: &'static str) -> Transaction<'static, Postgres> {
        let mut tx = self.owner.begin().await.unwrap();
        let kept = sqlx::query(sql).fetch_all(&mut *tx).await.unwrap();
        assert_eq!(kept.len(), 1, "{sql}");
        tx
    }

    /// Comes back when so many transactions wait for a lock.
    pub async fn waiters(&self, count: i64) {
        for _ in 0..200 {
            let waiting =
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
            if self.count(waiting).await == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} do not wait");
    }
}

/// Begins two calls one after the other behind a row that is kept, lets it go when both wait, and gives their answers.
async fn behind<A, B>(
    house: &House,
    row: &'static str,
    first: impl Future<Output = A> + Send + 'static,
    second: impl Future<Output = B> + Send + 'static,
) -> (A, B)
where
    A: Send + 'static,
    B: Send + 'static,
{
    let kept = house.keep(row).await;
    let first = tokio::spawn(first);
    house.waiters(1).await;
    let second = tokio::spawn(second);
    house.waiters(2).await;
    kept.rollback().await.unwrap();
    (first.await.unwrap(), second.await.unwrap())
}

/// Asks for a new address, and confirms it at the old one. Gives the browser that did, and the token for the other half.
async fn half_confirmed(house: &House, robin: &mut Browser) -> (Browser, String) {
    robin.call("/api/account/address", &[("email", "new.robin@example.org")]).await;
    let (old, new) = (
        link(house, &address("robin"), "address_old").await,
        link(house, "new.robin@example.org", "address_new").await,
    );
    let mut elsewhere = house.test.browser();
    elsewhere.call("/api/account/address-confirm", &[("token", &old)]).await;
    (elsewhere, new)
}

async fn profile(mut browser: Browser) -> Answer {
    let pairs = [("display_name", "Still here"), ("state", "NY"), ("zone", "America/New_York")];
    browser.call("/api/account/profile", &pairs).await
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_a_line_and_changing_the_profile_do_not_wait_for_each_other() {
    let house = House::new().await;
    house.fill("g1", 8).await;
    let browser = house.ready("robin", "g0").await;
    let mut joins = browser.clone();
    let row = "select from members for update";
    let (joined, kept) = behind(&house, row, async move { join(&mut joins, "g1").await }, profile(browser)).await;
    assert_eq!((joined.status, kept.status), (StatusCode::OK, StatusCode::OK), "{} {}", joined.body, kept.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn confirming_a_new_address_and_deleting_the_account_do_not_wait_for_each_other() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    let (mut elsewhere, new) = half_confirmed(&house, &mut robin).await;
    let confirms = async move { elsewhere.call("/api/account/address-confirm", &[("token", &new)]).await };
    let row = "select from address_changes for update";
    let (confirmed, deleted) = behind(&house, row, confirms, async move { delete(&mut robin).await }).await;
    assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.body);
    assert_eq!(deleted.status, StatusCode::FOUND, "{}", deleted.body);
    assert_eq!(house.count("select count(*) from accounts where deleted_at is not null").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_another_address_and_deleting_the_account_do_not_wait_for_each_other() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    robin.call("/api/account/address", &[("email", "one@example.org")]).await;
    let mut asks = robin.clone();
    let asks = async move { asks.call("/api/account/address", &[("email", "two@example.org")]).await };
    let row = "select from address_changes for update";
    let (asked, deleted) = behind(&house, row, asks, async move { delete(&mut robin).await }).await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.body);
    assert_eq!(deleted.status, StatusCode::FOUND, "{}", deleted.body);
}

/// The address changes, and somebody types a code that was mailed to the old one.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_and_a_code_for_the_old_one_do_not_wait_for_each_other() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    let (mut elsewhere, new) = half_confirmed(&house, &mut robin).await;
    let mut signs_in = house.test.browser();
    signs_in.post("/api/sign-in/request", &[("email", &address("robin"))]).await;
    house.test.work().await;
    let code = house.test.last_code(&address("robin"));

    let confirms = async move { elsewhere.call("/api/account/address-confirm", &[("token", &new)]).await };
    let enters = async move { signs_in.call("/api/sign-in/code", &[("code", &code)]).await };
    // Her session: the change ends it before it forgets the codes.
    let row = "select from sessions where revoked_at is null for update";
    let (confirmed, entered) = behind(&house, row, confirms, enters).await;
    assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.body);
    assert_eq!(entered.status, StatusCode::UNPROCESSABLE_ENTITY, "the code is forgotten: {}", entered.body);
    assert_eq!(house.count("select count(*) from sessions where revoked_at is null").await, 0);
}
