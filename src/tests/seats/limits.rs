//! How much one person may have, and who comes first.

use super::{House, assert_confirmed, assert_held, at_once, confirm, hold, let_go, refusal, tell};
use axum::http::StatusCode;
use common_ground::{error::AppError, server::state::new_key};

#[tokio::test(flavor = "multi_thread")]
async fn three_holds_at_a_time() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    for slug in ["g0", "g1", "g2"] {
        assert_held(&hold(&mut robin, slug).await, slug);
    }
    assert_eq!(refusal(&hold(&mut robin, "g3").await), AppError::TooManyHolds);
    assert_eq!(house.seat_of("robin", "g3").await, None);

    // A lapsed one does not count, nor does one that she let go, nor one that became a reservation.
    house.lapse("robin", "g0").await;
    assert_held(&hold(&mut robin, "g3").await, "g3");
    assert_eq!(refusal(&hold(&mut robin, "g4").await), AppError::TooManyHolds);
    let_go(&mut robin, "g1").await;
    assert_held(&hold(&mut robin, "g4").await, "g4");
    tell(&mut robin, "g2").await;
    assert_confirmed(&confirm(&mut robin, "g2").await, "g2");
    assert_held(&hold(&mut robin, "g5").await, "g5");
    assert_eq!(house.count("select count(*) from seats where state = 'held' and held_until > now()").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_holds_at_once_on_different_groups_are_three() {
    let house = House::new().await;
    let robin = house.member("robin").await;
    house.warm().await;
    let answers = at_once((0..10).map(|n| {
        let mut robin = robin.clone();
        async move { hold(&mut robin, &format!("g{n}")).await }
    }))
    .await;
    let (held, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((held.len(), refused.len()), (3, 7));
    assert!(refused.iter().all(|answer| refusal(answer) == AppError::TooManyHolds));
    assert_eq!(house.count("select count(*) from seats where state = 'held'").await, 3);
    assert_eq!(house.count("select count(*) from holds").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_fresh_holds_a_day_on_one_group() {
    let house = House::new().await;
    let (mut robin, mut wren) = (house.member("robin").await, house.member("wren").await);
    for _ in 0..3 {
        assert_held(&hold(&mut robin, "g0").await, "g0");
        let_go(&mut robin, "g0").await;
    }
    assert_eq!(refusal(&hold(&mut robin, "g0").await), AppError::HeldTooOften);
    assert_eq!(house.seat_of("robin", "g0").await, None);
    // Another group, and another person.
    assert_held(&hold(&mut robin, "g1").await, "g1");
    assert_held(&hold(&mut wren, "g0").await, "g0");
    // Tomorrow.
    house.change("update holds set held_at = held_at - interval '1 day'").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_hold_on_the_same_group_is_the_same_hold() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    let as_it_is = "select seat_no, hold_id::text, held_until::text from seats where state = 'held'";
    let first: Vec<(i16, String, String)> = sqlx::query_as(as_it_is).fetch_all(&house.owner).await.unwrap();
    house.warm().await;
    let answers = at_once((0..5).map(|_| {
        let mut robin = robin.clone();
        async move { hold(&mut robin, "g0").await }
    }))
    .await;
    for answer in &answers {
        assert_held(answer, "g0");
    }
    let then: Vec<(i16, String, String)> = sqlx::query_as(as_it_is).fetch_all(&house.owner).await.unwrap();
    assert_eq!((first.len(), &first), (1, &then));
    assert_eq!(house.count("select count(*) from holds").await, 1);
    // Her own hold is hers even when she has all that she may have.
    for slug in ["g1", "g2", "g0"] {
        assert_held(&hold(&mut robin, slug).await, slug);
    }

    // After it has lapsed she gets her own seat again, although others have smaller numbers.
    house.change("delete from seats where seat_no = 8 and group_id = (select id from groups where slug = 'g0')").await;
    house.change("update seats set seat_no = 8 where state = 'held' and group_id = (select id from groups where slug = 'g0')").await;
    house.lapse("robin", "g0").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    assert_eq!(house.seats("g0").await.last(), Some(&(8, "held".to_owned(), Some("robin@example.org".to_owned()))));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_reservations() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    assert_held(&hold(&mut robin, "g1").await, "g1");
    assert_held(&hold(&mut robin, "g2").await, "g2");
    house.seat("robin", "g3").await;
    house.seat("robin", "g4").await;
    // Two and three holds: of three confirms at once, one is the third.
    house.warm().await;
    let answers = at_once(["g0", "g1", "g2"].map(|slug| {
        let mut robin = robin.clone();
        async move { confirm(&mut robin, slug).await }
    }))
    .await;
    let (reserved, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(reserved.len(), 1);
    assert!(refused.iter().all(|answer| refusal(answer) == AppError::TooManyReservations));
    assert_eq!(house.count("select count(*) from seats where state = 'reserved'").await, 3);
    assert_eq!(house.count("select count(*) from reservations").await, 3);

    assert_eq!(refusal(&hold(&mut robin, "g5").await), AppError::TooManyReservations);
    assert_eq!(house.seat_of("robin", "g5").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_at_the_same_time_is_refused_by_its_title() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    // Holding both is fine: she may still choose.
    assert_held(&hold(&mut robin, "twin").await, "twin");
    assert_held(&hold(&mut robin, "g0").await, "g0");
    tell(&mut robin, "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    let clash = AppError::Clash("Circle g0".to_owned());
    assert_eq!(refusal(&confirm(&mut robin, "twin").await), clash);
    let_go(&mut robin, "twin").await;
    let refused = refusal(&hold(&mut robin, "twin").await);
    assert_eq!(refused, clash);
    assert_eq!(refused.to_string(), "You have a seat in “Circle g0” at the same time.");
    assert_eq!(house.seat_of("robin", "twin").await, None);
    // One that meets at another time is free to her, and the other way round `twin` is to others.
    assert_held(&hold(&mut robin, "g6").await, "g6");
    let mut wren = house.member("wren").await;
    assert_held(&hold(&mut wren, "twin").await, "twin");
}

/// Meetings are a matter of the calendar, whose clock is the program's: one that is over by it clashes with nothing.
#[tokio::test(flavor = "multi_thread")]
async fn two_groups_clash_by_the_clock_of_the_calendar() {
    let mut house = House::new().await;
    let mut robin = house.member("robin").await;
    house.seat("robin", "g0").await;
    // The first meetings of both are at the same time in an hour, all others apart.
    house
        .change(
            "update meetings m set
               starts_at = case when week = first then now() + interval '1 hour' else starts_at + (slug = 'twin')::int * interval '5 hours' end,
               ends_at = case when week = first then now() + interval '2 hours' else ends_at + (slug = 'twin')::int * interval '5 hours' end
             from groups g, lateral (select min(week) as first from meetings o where o.group_id = g.id) f
             where g.id = m.group_id and slug in ('g0', 'twin')",
        )
        .await;
    assert_eq!(refusal(&hold(&mut robin, "twin").await), AppError::Clash("Circle g0".to_owned()));
    house.later(1);
    let mut tomorrow = house.test.browser();
    tomorrow.cookies.clone_from(&robin.cookies);
    assert_held(&hold(&mut tomorrow, "twin").await, "twin");
    tell(&mut tomorrow, "twin").await;
    assert_confirmed(&confirm(&mut tomorrow, "twin").await, "twin");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_up_does_not_pass_somebody_in_line() {
    let house = House::new().await;
    let (mut robin, mut ida) = (house.member("robin").await, house.member("ida").await);
    house.wait("ida", "g0").await;
    assert_eq!(refusal(&hold(&mut robin, "g0").await), AppError::SomebodyWaits);
    let key = new_key().to_string();
    let back =
        robin.post("/api/seats/hold", &[("slug", "g0"), ("key", &key), ("state", "NY"), ("adult", "true")]).await;
    assert_eq!((back.status, back.location()), (StatusCode::FOUND, Some("/reserve/g0")));
    assert!(robin.get("/reserve/g0").await.body.contains("nobody overtakes"));
    assert!(house.seats("g0").await.iter().all(|(_, state, _)| state == "free"));
    // The line of one group is not that of another.
    assert_held(&hold(&mut robin, "g1").await, "g1");
    // She who waits does not overtake herself.
    assert_held(&hold(&mut ida, "g0").await, "g0");
    house.change("update waiting_entries set ended_at = now(), end_reason = 'left'").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
}
