//! A seat offered out of turn, by whoever runs the practice.

use super::{
    House, SEATS, hold,
    line::{join, mine},
    offers::decline,
    refusal,
};
use axum::http::StatusCode;
use common_ground::{
    domain::{email::Email, ids::GroupId, line::Line},
    error::AppError,
    server::out_of_turn::{NotOffered, offer},
    store::Actor,
};

impl House {
    pub async fn offer_out_of_turn(&self, slug: &str, name: &str, add_seat: bool) -> Result<Option<u8>, NotOffered> {
        let group = GroupId(self.group(slug).await);
        let email = Email::parse(&super::address(name)).unwrap();
        let reason = Line::parse("Comes back after an illness.").unwrap();
        offer(&self.test.app, Actor::Operator, group, email, reason, add_seat).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chosen_one_is_offered_a_seat_and_the_others_keep_their_place() {
    let house = House::new().await;
    house.fill("g0", SEATS).await;
    let (mut wren, mut ida) = (house.member("wren").await, house.member("ida").await);
    for browser in [&mut wren, &mut ida] {
        super::line::assert_joined(&join(browser, "g0").await);
    }
    house.member("stranger").await;
    assert!(matches!(house.offer_out_of_turn("g0", "ida", false).await, Err(NotOffered::NoSeat)));
    assert!(matches!(house.offer_out_of_turn("g0", "stranger", true).await, Err(NotOffered::NotInLine)));
    assert!(matches!(house.offer_out_of_turn("g0", "nobody at all", true).await, Err(NotOffered::NotInLine)));
    assert_eq!(house.count("select count(*) from seats s join groups g on g.id = group_id where slug = 'g0'").await, 8);

    assert_eq!(house.offer_out_of_turn("g0", "ida", true).await.unwrap(), Some(9));
    house.test.work().await;
    assert!(house.offer_of("ida", "g0").await.is_some() && house.offer_of("wren", "g0").await.is_none());
    assert_eq!(house.mailed("ida", "offer_made").await.len(), 1);
    assert_eq!(mine(&mut wren).await["lines"][0]["words"], "1st of 2 in line");
    assert!(matches!(house.offer_out_of_turn("g0", "ida", true).await, Err(NotOffered::Seated)));
    let reason: String =
        sqlx::query_scalar("select detail->>'reason' from audit_events where action = 'offered out of turn'")
            .fetch_one(&house.owner)
            .await
            .unwrap();
    assert_eq!(reason, "Comes back after an illness.");
    // Nobody has overtaken by it: the next free seat is still wren's, and no walk-up's.
    house.free_one("g0").await;
    let mut walker = house.member("walker").await;
    assert_eq!(refusal(&hold(&mut walker, "g0").await), AppError::SomebodyWaits);
    house.test.work().await;
    assert!(house.offer_of("wren", "g0").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_offered_to_whoever_may_not_join_nor_beyond_twelve_seats() {
    let house = House::new().await;
    house.fill("g0", SEATS).await;
    let mut ida = house.member("ida").await;
    super::line::assert_joined(&join(&mut ida, "g0").await);
    house.change("update members set state = 'OH'").await;
    assert!(matches!(house.offer_out_of_turn("g0", "ida", true).await, Err(NotOffered::NotEligible)));
    assert_eq!(house.count("select count(*) from seats s join groups g on g.id = group_id where slug = 'g0'").await, 8);
    house.change("update members set state = 'NY'").await;
    house.change("update groups set capacity = 12 where slug = 'g0'").await;
    let group = house.group("g0").await;
    let added = sqlx::query("insert into seats (group_id, seat_no) select $1, generate_series(9, 12)")
        .bind(group)
        .execute(&house.owner)
        .await
        .unwrap();
    assert_eq!(added.rows_affected(), 4);
    house.fill("g0", 4).await;
    assert!(matches!(house.offer_out_of_turn("g0", "ida", true).await, Err(NotOffered::Largest)));
}

/// The only free seat is one that she said no to: nobody is offered a seat twice, so another one is added for her.
#[tokio::test(flavor = "multi_thread")]
async fn a_seat_is_added_where_she_said_no_to_the_free_one() {
    let (house, mut line) = House::with_line(&["ida"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    let first = house.offer_of("ida", "g0").await.expect("an offer");
    let declined = decline(&mut line[0], first).await;
    assert_eq!(declined.status, StatusCode::OK, "{}", declined.body);
    assert!(matches!(house.offer_out_of_turn("g0", "ida", false).await, Err(NotOffered::NoSeat)));
    assert_eq!(house.offer_out_of_turn("g0", "ida", true).await.unwrap(), Some(9));
    let offered: i16 =
        sqlx::query_scalar("select seat_no from seats where state = 'offered'").fetch_one(&house.owner).await.unwrap();
    assert_eq!(offered, 9, "the new one");
    assert_eq!(house.mailed("ida", "offer_made").await.len(), 2);
}
