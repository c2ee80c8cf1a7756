//! The same form twice, or fifty times, is one wish.

use super::{House, assert_confirmed, assert_held, at_once, confirm_with, hold, let_go, refusal};
use common_ground::{error::AppError, server::state::new_key};

#[tokio::test(flavor = "multi_thread")]
async fn fifty_equal_confirms_at_once_reserve_once_and_mail_once() {
    let house = House::new().await;
    let browser = house.ready("robin", "g0").await;
    let key = new_key().to_string();
    house.warm().await;
    let answers = at_once((0..50).map(|_| {
        let (mut browser, key) = (browser.clone(), key.clone());
        async move { confirm_with(&mut browser, "g0", &key).await }
    }))
    .await;

    for answer in &answers {
        assert_confirmed(answer, "g0");
        assert_eq!(answer.body, answers[0].body);
    }
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("reserved"));
    assert_eq!(house.count("select count(*) from seats where state <> 'free'").await, 1);
    assert_eq!(house.count("select count(*) from reservations").await, 1);
    assert_eq!(house.count("select count(*) from outbox where kind = 'seat_confirmed'").await, 1);
    assert_eq!(house.count("select count(*) from audit_events where action = 'seat reserved'").await, 1);
    assert_eq!(house.count("select count(*) from idempotency_keys where action = 'confirm'").await, 1);
    house.test.work().await;
    assert_eq!(house.test.mails("robin@example.org").len(), 1);
}

/// A double click on two tabs: the keys differ, the seat is one.
#[tokio::test(flavor = "multi_thread")]
async fn confirms_with_different_keys_reserve_once_too() {
    let house = House::new().await;
    let browser = house.ready("robin", "g0").await;
    house.warm().await;
    let answers = at_once((0..10).map(|_| {
        let mut browser = browser.clone();
        async move { confirm_with(&mut browser, "g0", &new_key().to_string()).await }
    }))
    .await;
    for answer in &answers {
        assert_confirmed(answer, "g0");
    }
    assert_eq!(house.count("select count(*) from reservations").await, 1);
    assert_eq!(house.count("select count(*) from outbox where kind = 'seat_confirmed'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_equal_holds_at_once_hold_one_seat() {
    let house = House::new().await;
    let browser = house.member("robin").await;
    let key = new_key().to_string();
    let send = |key: String| {
        let mut browser = browser.clone();
        async move {
            let fields = [("slug", "g0"), ("key", key.as_str()), ("state", "NY"), ("adult", "true")];
            browser.call("/api/seats/hold", &fields).await
        }
    };
    house.warm().await;
    let answers = at_once((0..50).map(|_| send(key.clone()))).await;
    for answer in &answers {
        assert_held(answer, "g0");
        assert_eq!((&answer.body, answer.location()), (&answers[0].body, answers[0].location()));
    }
    assert_eq!(house.count("select count(*) from seats where state = 'held'").await, 1);
    assert_eq!(house.count("select count(*) from holds").await, 1);
    assert_eq!(house.count("select count(*) from audit_events where action = 'seat held'").await, 1);

    // The key is used up: a late twin is answered as the first was, and does not take the seat that she let go.
    let mut robin = browser.clone();
    let_go(&mut robin, "g0").await;
    assert_held(&send(key.clone()).await, "g0");
    assert_eq!(house.seat_of("robin", "g0").await, None);
    assert_held(&send(new_key().to_string()).await, "g0");
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("held"));

    // Nor does it last for ever.
    let_go(&mut robin, "g0").await;
    house.change("update idempotency_keys set created_at = now() - interval '48 hours'").await;
    assert_held(&send(key).await, "g0");
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("held"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_does_not_use_the_key_up() {
    let house = House::new().await;
    house.fill("g0", 8).await;
    let mut robin = house.member("robin").await;
    let key = new_key().to_string();
    let fields = [("slug", "g0"), ("key", key.as_str()), ("state", "NY"), ("adult", "true")];
    assert_eq!(refusal(&robin.call("/api/seats/hold", &fields).await), AppError::GroupFull);
    assert_eq!(house.count("select count(*) from idempotency_keys").await, 0);
    house.change("update seats set state = 'free', member_id = null, reservation_id = null where seat_no = 3 and state = 'reserved'").await;
    assert_held(&robin.call("/api/seats/hold", &fields).await, "g0");
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("held"));
}

/// Somebody else's key is another key.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_one_member_and_one_action() {
    let house = House::new().await;
    let (mut robin, mut wren) = (house.member("robin").await, house.member("wren").await);
    let key = new_key().to_string();
    let fields = [("slug", "g0"), ("key", key.as_str()), ("state", "NY"), ("adult", "true")];
    assert_held(&robin.call("/api/seats/hold", &fields).await, "g0");
    assert_held(&wren.call("/api/seats/hold", &fields).await, "g0");
    assert_eq!(house.count("select count(*) from seats where state = 'held'").await, 2);
    super::tell(&mut robin, "g0").await;
    assert_confirmed(&confirm_with(&mut robin, "g0", &key).await, "g0");
    assert_eq!(refusal(&hold(&mut robin, "g0").await), AppError::SeatedHere);
}
