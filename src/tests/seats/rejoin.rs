//! Leaving a line and joining it again: a new place at its end, and no way to be offered a seat twice that she was offered
//! before. Whatever nobody can be offered is on sale.

use super::{
    House, assert_held, hold, let_go,
    line::{assert_done, assert_joined, join},
    offers::decline,
    refusal,
};
use crate::support::Browser;
use axum::http::StatusCode;
use common_ground::{
    domain::{
        eligibility::Age,
        ids::{AccountId, EntryId, GroupId},
        waiting::{Vacancy, Waiter},
    },
    error::AppError,
    store::{Actor, Failure, Tx, locks, offers},
};
use uuid::Uuid;

impl House {
    async fn decline_of(&self, name: &str, browser: &mut Browser) {
        let offer = self.offer_of(name, "g0").await.expect("an offer");
        let declined = decline(browser, offer).await;
        assert_eq!(declined.status, StatusCode::OK, "{}", declined.body);
    }

    /// Nobody is offered anything, the worker has nothing to do, and a walk-up gets a seat.
    async fn assert_on_sale(&self, walker: &str) -> Browser {
        self.test.work().await;
        assert_eq!(self.count("select count(*) from offers where closed_at is null").await, 0);
        let mut walker = self.member(walker).await;
        assert_held(&hold(&mut walker, "g0").await, "g0");
        walker
    }
}

async fn leave(browser: &mut Browser) {
    assert_done(&browser.call("/api/waiting/leave", &[("slug", "g0")]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_left_while_she_was_offered_a_seat_is_not_offered_it_again() {
    for lapses in [false, true] {
        let (house, mut line) = House::with_line(&["ann", "bea"]).await;
        house.free("robin", "g0").await;
        house.test.work().await;
        assert!(house.offer_of("ann", "g0").await.is_some());
        leave(&mut line[0]).await;
        assert!(house.offer_of("bea", "g0").await.is_some(), "it went on");
        assert_joined(&join(&mut line[0], "g0").await);
        if lapses {
            house.end_offers().await;
            house.test.work().await;
        } else {
            house.decline_of("bea", &mut line[1]).await;
        }
        assert_eq!(house.line("g0").await, [("bea".to_owned(), 1), ("ann".to_owned(), 0)]);
        house.assert_on_sale("walker").await;
        // The next seat is another one.
        house.free_one("g0").await;
        house.test.work().await;
        house.decline_of("bea", &mut line[1]).await;
        assert!(house.offer_of("ann", "g0").await.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_said_no_twice_and_joins_again_is_not_offered_what_she_declined() {
    let (house, mut line) = House::with_line(&["ann", "bea"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    house.decline_of("ann", &mut line[0]).await;
    house.decline_of("bea", &mut line[1]).await;
    house.assert_on_sale("walker").await;
    house.free_one("g0").await;
    house.test.work().await;
    house.decline_of("ann", &mut line[0]).await;
    assert_eq!(house.line("g0").await, [("bea".to_owned(), 1)]);
    assert!(house.offer_of("bea", "g0").await.is_some());
    assert_joined(&join(&mut line[0], "g0").await);
    house.decline_of("bea", &mut line[1]).await;
    assert_eq!(house.line("g0").await, [("ann".to_owned(), 0)]);
    house.assert_on_sale("another walker").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_a_walk_up_lets_go_is_still_the_one_she_was_offered() {
    let (house, mut line) = House::with_line(&["ann"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    leave(&mut line[0]).await;
    assert_eq!(refusal(&join(&mut line[0], "g0").await), AppError::SeatFree, "she could simply take it");
    let mut walker = house.assert_on_sale("walker").await;
    assert_joined(&join(&mut line[0], "g0").await);
    let_go(&mut walker, "g0").await;
    house.assert_on_sale("another walker").await;
    assert_eq!(house.line("g0").await, [("ann".to_owned(), 0)]);
}

/// Even where somebody judges by what is not so: the seat stays free, and everything else in the transaction is done.
#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_was_made_before_is_not_made_and_breaks_nothing() {
    let (house, mut line) = House::with_line(&["ann"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    leave(&mut line[0]).await;
    house.wait("ann", "g0").await;
    let group = GroupId(house.group("g0").await);
    let (entry, member): (Uuid, Uuid) =
        sqlx::query_as("select id, member_id from waiting_entries where ended_at is null")
            .fetch_one(&house.owner)
            .await
            .unwrap();
    let (seat, id): (i16, Option<Uuid>) =
        sqlx::query_as("select seat_no, vacancy from seats where vacancy is not null")
            .fetch_one(&house.owner)
            .await
            .unwrap();
    let waiter = Waiter {
        entry: EntryId(entry),
        member: AccountId(member),
        place: None,
        age: Age::Unknown,
        seated: false,
        told_skipped: false,
        offered: Vec::new(),
    };
    let ends_at = house.test.app.now();
    let work = move |mut tx: Tx| async move {
        let lock = locks::exclusive(&mut tx, group).await?;
        let made = offers::make(&mut tx, &lock, group, Vacancy { seat, id }, &waiter, ends_at).await?;
        Ok::<_, Failure>((tx, made))
    };
    assert_eq!(house.test.store().write(Actor::Worker, work).await.unwrap(), None);
    assert_eq!(house.count("select count(*) from offers").await, 1);
    assert_eq!(house.count("select count(*) from seats where state = 'free' and vacancy is not null").await, 1);
}
