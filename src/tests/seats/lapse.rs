//! The end of a hold: late confirming, the very edge, holding longer, letting go.

use super::{
    House, SEATS, assert_confirmed, assert_held, confirm, hold, let_go, offers::decline, refusal, renew, token,
};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use chrono_tz::UTC;
use common_ground::{
    domain::ids::{AccountId, GroupId, IdempotencyKey},
    error::AppError,
    server::state::new_key,
    store::{
        Actor, Conn, groups,
        holds::{self, Seen, Taken, Taking, Wish},
        locks, seats,
        sessions::{self, TokenHash},
    },
};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn late_and_nobody_took_it_is_still_hers() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    // All others are taken: it can only be her own.
    house.fill("g0", SEATS - 1).await;
    house.lapse("robin", "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("reserved"));
}

/// The same by waiting: the hold lasts a second, and no clock is turned.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_lapses_by_itself_after_its_seconds() {
    let mut house = House::new().await;
    let (url, owner_url) = (house.test.app.settings.database_url.clone().unwrap(), house.test.owner_url.clone());
    house.test = crate::support::TestApp::over(url, owner_url, |settings| settings.durations.hold = 1);
    house.fill("g0", SEATS - 1).await;
    let (mut robin, mut wren) = (house.member("robin").await, house.member("wren").await);
    assert_held(&hold(&mut robin, "g0").await, "g0");
    assert_eq!(refusal(&hold(&mut wren, "g0").await), AppError::GroupFull);
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_held(&hold(&mut wren, "g0").await, "g0");
    assert_eq!(house.seat_of("robin", "g0").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn late_and_taken_gives_any_other_free_seat() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    house.fill("g0", SEATS - 2).await;
    house.lapse("robin", "g0").await;
    let mut wren = house.member("wren").await;
    assert_held(&hold(&mut wren, "g0").await, "g0");
    assert_eq!(house.seat_of("robin", "g0").await, None, "her seat is the one with the smaller number");

    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("reserved"));
    assert_eq!(house.seat_of("wren", "g0").await.as_deref(), Some("held"));
}

#[tokio::test(flavor = "multi_thread")]
async fn late_taken_and_full_is_refused_and_nothing_told_is_lost() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    house.fill("g0", SEATS - 1).await;
    house.lapse("robin", "g0").await;
    let mut wren = house.member("wren").await;
    assert_held(&hold(&mut wren, "g0").await, "g0");

    assert_eq!(refusal(&confirm(&mut robin, "g0").await), AppError::HoldExpired);
    let key = new_key().to_string();
    let back = robin.post("/api/seats/confirm", &[("slug", "g0"), ("key", &key)]).await;
    assert_eq!((back.status, back.location()), (StatusCode::FOUND, Some("/reserve/g0/check")));
    let page = robin.get("/reserve/g0/check").await;
    assert!(page.body.contains("the seat went to somebody else. Your answers are still here."), "{}", page.body);
    for answer in ["Robin Ashby", "March 9, 1991", "Sam Whitlock, 555 010 0143"] {
        assert!(page.body.contains(answer), "{answer}");
    }
    let about = robin.get("/reserve/g0/about").await;
    assert_eq!(about.input("legal_name").as_deref(), Some("Robin Ashby"));
    assert_eq!(about.chosen("state").as_deref(), Some("NY"));
    assert_eq!(house.seat_of("wren", "g0").await.as_deref(), Some("held"));
    assert_eq!(house.count("select count(*) from reservations r join accounts a on a.id = r.member_id where email = 'robin@example.org'").await, 0);
    assert_eq!(house.count("select count(*) from outbox").await, 0);

    // A seat comes free: the same answers are enough.
    let_go(&mut wren, "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
}

#[tokio::test(flavor = "multi_thread")]
async fn late_and_taken_never_passes_somebody_in_line() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    house.lapse("robin", "g0").await;
    let (mut wren, _) = (house.member("wren").await, house.member("ida").await);
    assert_held(&hold(&mut wren, "g0").await, "g0");
    house.wait("ida", "g0").await;

    assert_eq!(refusal(&confirm(&mut robin, "g0").await), AppError::SomebodyWaits);
    assert_eq!(house.seat_of("robin", "g0").await, None);
    // The line is empty again, and there was a free seat all along.
    house.change("update waiting_entries set ended_at = now(), end_reason = 'left'").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
}

/// Her own lapsed seat is one that somebody in line comes before her for, another free seat is not: she holds that one.
#[tokio::test(flavor = "multi_thread")]
async fn a_lapsed_seat_of_hers_does_not_stand_in_the_way_of_another() {
    let house = House::new().await;
    house.fill("g0", SEATS - 2).await;
    let (mut robin, mut ida) = (house.member("robin").await, house.member("ida").await);
    assert_held(&hold(&mut robin, "g0").await, "g0");
    let offer = house.offer("ida", "g0").await;
    assert_eq!(decline(&mut ida, offer).await.status, StatusCode::OK);
    house.lapse("robin", "g0").await;

    assert_held(&hold(&mut robin, "g0").await, "g0");
    let seats = house.seats("g0").await;
    assert_eq!((seats[6].1.as_str(), seats[7].1.as_str()), ("free", "held"), "{seats:?}");
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("held"));
    house.test.work().await;
    assert_eq!(
        house.seat_of("ida", "g0").await.as_deref(),
        Some("offered"),
        "the seat that she comes before robin for"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_never_held_a_seat_or_let_it_go_cannot_confirm() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    assert_eq!(refusal(&confirm(&mut robin, "g1").await), AppError::HoldExpired);
    let_go(&mut robin, "g0").await;
    assert_eq!(refusal(&confirm(&mut robin, "g0").await), AppError::HoldExpired);
    // A hold of yesterday is no claim either.
    assert_held(&hold(&mut robin, "g2").await, "g2");
    house.lapse("robin", "g2").await;
    let mut wren = house.member("wren").await;
    assert_held(&hold(&mut wren, "g2").await, "g2");
    house.change("update holds set held_at = held_at - interval '1 day'").await;
    assert_eq!(refusal(&confirm(&mut robin, "g2").await), AppError::HoldExpired);
    assert_eq!(house.count("select count(*) from reservations").await, 0);
}

/// `now()` stands still within a transaction, so that a hold can end exactly now, and a microsecond later.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_ends_exactly_now_has_lapsed() {
    async fn end(conn: &mut Conn, robin: AccountId, microseconds: f64) {
        sqlx::query("update seats set held_until = now() + make_interval(secs => $2 / 1000000) where member_id = $1")
            .bind(robin.0)
            .bind(microseconds)
            .execute(conn)
            .await
            .unwrap();
    }
    async fn take(conn: &mut Conn, token: TokenHash, now: DateTime<Utc>) -> Result<Taken, AppError> {
        let (conn, wish) = (conn, Wish { token, key: IdempotencyKey(new_key()), slug: "g0".to_owned() });
        let group = Arc::new(holds::group(&mut *conn, &wish.slug, now).await?.expect("a group"));
        let Seen::Ground(seen) = holds::look(&mut *conn, &wish, group, now).await?? else { panic!("a key is new") };
        let taking = Taking { seconds: 600, among: None, told: None, answer: "/" };
        holds::take(conn, &wish, &seen, &taking).await?
    }
    let house = House::new().await;
    house.fill("g0", SEATS - 1).await;
    let (mut robin, wren) = (house.member("robin").await, house.member("wren").await);
    assert_held(&hold(&mut robin, "g0").await, "g0");
    let (robin, wren, group) = (token(&robin), token(&wren), GroupId(house.group("g0").await));
    let now = house.test.app.now();
    let work = move |mut tx: common_ground::store::Tx| async move {
        let robin = sessions::prove(&mut tx, &robin).await?.unwrap().into_member().unwrap();
        let lock = locks::shared(&mut tx, group).await?;

        end(&mut tx, robin.id(), 1.0).await;
        assert!(seats::hold_of(&mut *tx, robin.id(), group).await?.is_some());
        assert_eq!(groups::find(&mut *tx, "g0", None, now, UTC).await?.unwrap().seats.free(), 0);
        assert_eq!(take(&mut tx, wren, now).await, Err(AppError::GroupFull));
        assert_eq!(seats::renew(&mut tx, &lock, &robin, group, 600).await.unwrap().seconds_left, 600);

        end(&mut tx, robin.id(), 0.0).await;
        assert_eq!(seats::hold_of(&mut *tx, robin.id(), group).await?, None);
        assert_eq!(groups::find(&mut *tx, "g0", None, now, UTC).await?.unwrap().seats.free(), 1);
        assert_eq!(seats::renew(&mut tx, &lock, &robin, group, 600).await, Err(AppError::HoldExpired));
        assert_eq!(take(&mut tx, wren, now).await, Ok(Taken::Held));
        assert_eq!(seats::hold_of(&mut *tx, robin.id(), group).await?, None);
        Ok::<_, AppError>((tx, ()))
    };
    house.test.store().write(Actor::Visitor, work).await.unwrap();
    assert_eq!(house.seat_of("wren", "g0").await.as_deref(), Some("held"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_renewed_ten_times_and_then_no_more() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    for time in 1..=10 {
        house.change("update seats set held_until = now() + interval '30 seconds' where state = 'held'").await;
        let answer = renew(&mut robin, "g0").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let renewed: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert!(renewed["seconds_left"].as_u64().is_some_and(|left| (590..=600).contains(&left)), "{renewed}");
        assert_eq!(renewed["can_renew"], time < 10, "{renewed}");
    }
    house.change("update seats set held_until = now() + interval '30 seconds' where state = 'held'").await;
    assert_eq!(refusal(&renew(&mut robin, "g0").await), AppError::RenewedTooOften);
    let left =
        house.count("select extract(epoch from held_until - now())::bigint from seats where state = 'held'").await;
    assert!(left <= 30, "{left}");
    // A new hold is renewed afresh.
    let_go(&mut robin, "g0").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    assert_eq!(renew(&mut robin, "g0").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_living_hold_of_hers_is_renewed_and_an_offer_never() {
    let house = House::new().await;
    let (mut robin, mut wren) = (house.member("robin").await, house.member("wren").await);
    assert_held(&hold(&mut robin, "g0").await, "g0");
    assert_eq!(refusal(&renew(&mut wren, "g0").await), AppError::HoldExpired);
    house.lapse("robin", "g0").await;
    assert_eq!(refusal(&renew(&mut robin, "g0").await), AppError::HoldExpired);
    let ended =
        house.count("select count(*) from seats where state = 'held' and held_until <= now() and renewals = 0").await;
    assert_eq!(ended, 1, "as it was");

    let_go(&mut robin, "g0").await;
    house.offer("robin", "g0").await;
    house.change("update seats set held_until = now() + interval '1 hour' where state = 'offered'").await;
    assert_eq!(refusal(&renew(&mut robin, "g0").await), AppError::RenewedTooOften);
    let left =
        house.count("select extract(epoch from held_until - now())::bigint from seats where state = 'offered'").await;
    assert!((3500..=3600).contains(&left), "an offer keeps its end: {left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn letting_go_frees_the_seat_at_once() {
    let house = House::new().await;
    house.fill("g0", SEATS - 1).await;
    let (mut robin, mut wren) = (house.member("robin").await, house.member("wren").await);
    assert_held(&hold(&mut robin, "g0").await, "g0");
    assert_eq!(refusal(&hold(&mut wren, "g0").await), AppError::GroupFull);
    // What somebody else has cannot be let go.
    assert_eq!(let_go(&mut wren, "g0").await.status, StatusCode::OK);
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("held"));

    let gone = let_go(&mut robin, "g0").await;
    assert_eq!((gone.status, gone.location()), (StatusCode::OK, Some("/groups/g0")), "{}", gone.body);
    assert_eq!(house.seat_of("robin", "g0").await, None);
    assert_held(&hold(&mut wren, "g0").await, "g0");
    // Twice is as good as once, and a reserved seat is not let go that way.
    assert_eq!(let_go(&mut robin, "g0").await.status, StatusCode::OK);
    super::tell(&mut wren, "g0").await;
    assert_confirmed(&confirm(&mut wren, "g0").await, "g0");
    let_go(&mut wren, "g0").await;
    assert_eq!(house.seat_of("wren", "g0").await.as_deref(), Some("reserved"));
}
