//! Offers: made in order, accepted, declined, expired; each with its mail.

use super::{
    House, SEATS, assert_confirmed, assert_held, confirm, hold, let_go,
    line::{assert_joined, join, mine},
    refusal, renew, tell,
};
use crate::support::{Answer, Browser};
use axum::http::StatusCode;
use common_ground::error::AppError;
use uuid::Uuid;

pub async fn accept(browser: &mut Browser, offer: Uuid) -> Answer {
    browser.call("/api/offers/accept", &[("id", &offer.to_string())]).await
}

pub async fn decline(browser: &mut Browser, offer: Uuid) -> Answer {
    browser.call("/api/offers/decline", &[("id", &offer.to_string())]).await
}

async fn page(browser: &mut Browser, offer: Uuid) -> serde_json::Value {
    let answer = browser.call("/api/offers/get", &[("id", &offer.to_string())]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

impl House {
    /// The open offer of somebody in a group.
    pub async fn offer_of(&self, name: &str, slug: &str) -> Option<Uuid> {
        sqlx::query_scalar(
            "select o.id from offers o join groups g on g.id = o.group_id where slug = $2 and member_id = $1 and closed_at is null",
        )
        .bind(self.account(name).await)
        .bind(slug)
        .fetch_optional(&self.owner)
        .await
        .unwrap()
    }

    /// Takes somebody's reserved seat away behind the application's back, so that the worker has to find it.
    pub async fn free(&self, name: &str, slug: &str) {
        let (group, member) = (self.group(slug).await, self.account(name).await);
        self.free_seat(group, Some(member)).await;
    }

    /// The same with the seat of any stranger.
    pub async fn free_one(&self, slug: &str) {
        let group = self.group(slug).await;
        self.free_seat(group, None).await;
    }

    async fn free_seat(&self, group: Uuid, member: Option<Uuid>) {
        let freed = sqlx::query(
            "with one as (select * from seats where group_id = $1 and state = 'reserved' and ($2 is null or member_id = $2)
               order by seat_no limit 1),
             ended as (update reservations r set ended_at = now(), end_reason = 'released' from one where r.id = one.reservation_id)
             update seats s set state = 'free', member_id = null, reservation_id = null, vacancy = null
             from one where s.group_id = one.group_id and s.seat_no = one.seat_no",
        )
        .bind(group)
        .bind(member)
        .execute(&self.owner)
        .await
        .unwrap();
        assert_eq!(freed.rows_affected(), 1);
    }

    /// Lets the time of every offer be over.
    pub async fn end_offers(&self) {
        self.change("update seats set held_until = now() where state = 'offered'").await;
        self.change("update offers set ends_at = now() where closed_at is null").await;
    }

    /// A full group with a line of these people, in New York; the last seat is robin's.
    pub async fn with_line(names: &[&str]) -> (Self, Vec<Browser>) {
        let house = Self::new().await;
        house.fill("g0", SEATS - 1).await;
        house.member("robin").await;
        house.seat("robin", "g0").await;
        let mut line = Vec::new();
        for name in names {
            let mut member = house.member(name).await;
            assert_joined(&join(&mut member, "g0").await);
            line.push(member);
        }
        (house, line)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_accepted_and_the_steps_lead_to_the_seat() {
    let (house, mut line) = House::with_line(&["wren", "ida"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    let offer = house.offer_of("wren", "g0").await.expect("an offer");
    assert_eq!(house.offer_of("ida", "g0").await, None);
    let mails = house.mailed("wren", "offer_made").await;
    assert!(mails.len() == 1 && mails[0].contains(&format!("/offers/{offer}")), "{mails:?}");
    assert!(!mails[0].contains("Circle g0") && !mails[0].contains("Ruth"), "{mails:?}");

    let shown = page(&mut line[0], offer).await;
    assert_eq!((&shown["state"], &shown["accepted"]), (&"Open".into(), &false.into()), "{shown}");
    assert_eq!(shown["decline_keeps_place"], true);
    assert!(shown["seconds_left"].as_u64().is_some_and(|left| (43_000..=43_200).contains(&left)), "{shown}");
    assert_eq!(mine(&mut line[0]).await["offers"][0]["path"], format!("/offers/{offer}"));
    // It is nobody else's, not even to know of.
    for answer in [
        line[1].call("/api/offers/get", &[("id", &offer.to_string())]).await,
        accept(&mut line[1], offer).await,
        decline(&mut line[1], offer).await,
    ] {
        assert_eq!(refusal(&answer), AppError::NotFound);
    }
    // No renewing, no second seat, and no walk-up gets it.
    assert_eq!(refusal(&renew(&mut line[0], "g0").await), AppError::RenewedTooOften);
    assert_eq!(refusal(&hold(&mut line[1], "g0").await), AppError::GroupFull);
    let page_before = line[0].get("/reserve/g0").await;
    assert_eq!(page_before.location(), Some(format!("/offers/{offer}").as_str()));

    for _ in 0..2 {
        let accepted = accept(&mut line[0], offer).await;
        assert_eq!(
            (accepted.status, accepted.location()),
            (StatusCode::OK, Some("/reserve/g0/about")),
            "{}",
            accepted.body
        );
    }
    assert_eq!(page(&mut line[0], offer).await["go_on"], "/reserve/g0/about");
    tell(&mut line[0], "g0").await;
    assert_confirmed(&confirm(&mut line[0], "g0").await, "g0");
    assert_eq!(house.seat_of("wren", "g0").await.as_deref(), Some("reserved"));
    assert_eq!(house.line("g0").await, [("ida".to_owned(), 0)]);
    assert_eq!(house.count("select count(*) from waiting_entries where end_reason = 'seated'").await, 1);
    assert_eq!(house.count("select count(*) from offers where state = 'confirmed'").await, 1);
    assert_eq!(house.count("select count(*) from seats where vacancy is not null or offer_id is not null").await, 0);
    assert_eq!(page(&mut line[0], offer).await["state"], "Taken");
    assert_eq!(accept(&mut line[0], offer).await.location(), Some("/reserve/g0/confirmed"));
    assert_eq!(refusal(&decline(&mut line[0], offer).await), AppError::OfferOver);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_no_keeps_the_place_and_the_second_ends_it() {
    let (house, mut line) = House::with_line(&["wren", "ida"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    let first = house.offer_of("wren", "g0").await.expect("an offer");
    // Twice is as good as once.
    for _ in 0..2 {
        let said = decline(&mut line[0], first).await;
        assert_eq!((said.status, said.location()), (StatusCode::OK, Some("/seats")), "{}", said.body);
    }
    assert_eq!(house.line("g0").await, [("wren".to_owned(), 1), ("ida".to_owned(), 0)]);
    // It went on in the same breath; ida does not want it either, and nobody is asked twice.
    let on = house.offer_of("ida", "g0").await.expect("the next in line");
    decline(&mut line[1], on).await;
    house.test.work().await;
    assert_eq!(house.count("select count(*) from offers where closed_at is null").await, 0);
    assert_eq!(house.count("select count(*) from seats where state = 'free' and vacancy is not null").await, 1);
    let mut walker = house.member("walker").await;
    assert_held(&hold(&mut walker, "g0").await, "g0");
    let_go(&mut walker, "g0").await;
    house.test.work().await;
    assert_eq!(
        house.count("select count(*) from offers").await,
        2,
        "the same vacancy, held and let go, is still the same"
    );

    // Another seat: wren is the first again, and this is her second no.
    house.free_one("g0").await;
    house.test.work().await;
    let second = house.offer_of("wren", "g0").await.expect("another seat");
    assert_eq!(page(&mut line[0], second).await["decline_keeps_place"], false);
    decline(&mut line[0], second).await;
    assert_eq!(house.line("g0").await, [("ida".to_owned(), 1)]);
    assert!(house.offer_of("ida", "g0").await.is_some());
    assert_eq!(
        house.count("select count(*) from waiting_entries where end_reason = 'declined' and declines = 2").await,
        1
    );
    let told = house.mailed("wren", "offer_over").await;
    assert!(told.len() == 2 && told[0].contains("You keep your place") && told[1].contains("has ended"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_counts_as_a_no_and_the_seat_goes_on() {
    let (house, mut line) = House::with_line(&["wren", "ida"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    let first = house.offer_of("wren", "g0").await.expect("an offer");
    house.end_offers().await;
    assert_eq!(refusal(&accept(&mut line[0], first).await), AppError::OfferOver);
    assert_eq!(page(&mut line[0], first).await["state"], "Over");
    let mut walker = house.member("walker").await;
    assert_eq!(refusal(&hold(&mut walker, "g0").await), AppError::SomebodyWaits, "nobody walks past, worker or not");
    for _ in 0..2 {
        house.test.work().await;
    }
    assert_eq!(house.line("g0").await, [("wren".to_owned(), 1), ("ida".to_owned(), 0)]);
    assert!(house.offer_of("ida", "g0").await.is_some());
    assert_eq!(house.mailed("wren", "offer_over").await.len(), 1);
    assert_eq!(house.count("select count(*) from offers where state = 'expired'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_ends_within_the_steps_keeps_the_answers() {
    let (house, mut line) = House::with_line(&["wren", "ida"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    let offer = house.offer_of("wren", "g0").await.expect("an offer");
    accept(&mut line[0], offer).await;
    tell(&mut line[0], "g0").await;
    house.end_offers().await;
    house.test.work().await;
    assert!(house.offer_of("ida", "g0").await.is_some(), "it went on");
    // What she told is still there; nobody is overtaken; she still has her place.
    let check = line[0].call("/api/reserve/check-page", &[("slug", "g0")]).await;
    let shown: serde_json::Value = serde_json::from_str(&check.body).unwrap();
    assert!(shown["hold"]["lapsed"] == true && check.body.contains("Robin Ashby"), "{}", check.body);
    assert_eq!(shown["line"]["position"], 1);
    assert_eq!(refusal(&confirm(&mut line[0], "g0").await), AppError::SomebodyWaits);
    assert_eq!(house.line("g0").await[0], ("wren".to_owned(), 1));
    // Ida does not want it: it is nobody's, and wren's answers still make it hers.
    let on = house.offer_of("ida", "g0").await.unwrap();
    decline(&mut line[1], on).await;
    assert_confirmed(&confirm(&mut line[0], "g0").await, "g0");
}

#[tokio::test(flavor = "multi_thread")]
async fn late_and_nobody_took_it_is_still_hers() {
    let (house, mut line) = House::with_line(&["wren"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    let offer = house.offer_of("wren", "g0").await.expect("an offer");
    accept(&mut line[0], offer).await;
    tell(&mut line[0], "g0").await;
    house.end_offers().await;
    assert_confirmed(&confirm(&mut line[0], "g0").await, "g0");
    assert_eq!(house.line("g0").await.len(), 0);
    house.test.work().await;
    assert_eq!(house.mailed("wren", "offer_over").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_near_the_end_leaves_the_time_of_two_holds() {
    let (house, mut line) = House::with_line(&["wren"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    let offer = house.offer_of("wren", "g0").await.expect("an offer");
    house.change("update seats set held_until = now() + interval '1 minute' where state = 'offered'").await;
    house.change("update offers set ends_at = now() + interval '1 minute' where closed_at is null").await;
    for _ in 0..2 {
        accept(&mut line[0], offer).await;
    }
    let left = "select extract(epoch from held_until - now())::bigint from seats where state = 'offered'";
    assert!((1190..=1200).contains(&house.count(left).await));
    assert_eq!(
        house
            .count("select count(*) from offers o join seats s on s.offer_id = o.id and s.held_until = o.ends_at")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_no_hold_and_letting_it_go_is_a_no() {
    let (house, mut line) = House::with_line(&["wren"]).await;
    for slug in ["g1", "g2", "g3"] {
        assert_held(&hold(&mut line[0], slug).await, slug);
    }
    house.free("robin", "g0").await;
    house.test.work().await;
    let offer = house.offer_of("wren", "g0").await.expect("three holds elsewhere do not count");
    assert_eq!(accept(&mut line[0], offer).await.status, StatusCode::OK);
    let_go(&mut line[0], "g0").await;
    assert_eq!(house.line("g0").await, [("wren".to_owned(), 1)]);
    assert_eq!(house.count("select count(*) from offers where state = 'declined'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_the_line_passes_the_offer_on() {
    let (house, mut line) = House::with_line(&["wren", "ida"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    line[0].call("/api/waiting/leave", &[("slug", "g0")]).await;
    assert!(house.offer_of("ida", "g0").await.is_some());
    assert_eq!(house.line("g0").await, [("ida".to_owned(), 0)]);
    assert_eq!(house.count("select count(*) from offers where state = 'ended'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_accepting_she_is_asked_about_her_other_lines() {
    let (house, mut line) = House::with_line(&["wren"]).await;
    house.fill("g1", SEATS).await;
    house.fill("skills", SEATS).await;
    for slug in ["g1", "skills"] {
        assert_joined(&join(&mut line[0], slug).await);
    }
    house.free("robin", "g0").await;
    house.test.work().await;
    let offer = house.offer_of("wren", "g0").await.expect("an offer");
    accept(&mut line[0], offer).await;
    tell(&mut line[0], "g0").await;
    assert_confirmed(&confirm(&mut line[0], "g0").await, "g0");
    let asked = line[0].call("/api/reserve/confirmed-page", &[("slug", "g0")]).await;
    let asked: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(asked["other_lines"], serde_json::json!(["Circle g1"]), "another topic is another matter");
    line[0].call("/api/waiting/leave-others", &[("slug", "g0")]).await;
    assert_eq!(house.line("g1").await.len(), 1, "not ticked");
    assert_joined(&line[0].call("/api/waiting/leave-others", &[("slug", "g0"), ("leave", "true")]).await);
    assert_eq!((house.line("g1").await.len(), house.line("skills").await.len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_script_the_answers_are_plain_forms() {
    let (house, mut line) = House::with_line(&["wren", "ida"]).await;
    house.free("robin", "g0").await;
    house.test.work().await;
    let offer = house.offer_of("wren", "g0").await.expect("an offer").to_string();
    let accepted = line[0].post("/api/offers/accept", &[("id", &offer)]).await;
    assert_eq!((accepted.status, accepted.location()), (StatusCode::FOUND, Some("/reserve/g0/about")));
    for _ in 0..2 {
        let declined = line[0].post("/api/offers/decline", &[("id", &offer)]).await;
        assert_eq!((declined.status, declined.location()), (StatusCode::FOUND, Some("/seats")));
    }
    let late = line[0].post("/api/offers/accept", &[("id", &offer)]).await;
    assert_eq!((late.status, late.location()), (StatusCode::FOUND, Some(format!("/offers/{offer}").as_str())));
    let shown = page(&mut line[0], offer.parse().unwrap()).await;
    assert!(shown["form"]["message"].as_str().is_some_and(|said| said.contains("This offer is over")), "{shown}");
    for bad in ["", "1", "%00", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(refusal(&line[0].call("/api/offers/accept", &[("id", bad)]).await), AppError::NotFound, "{bad:?}");
    }
}
