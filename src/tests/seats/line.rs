//! The line: joining, the order, being passed over, leaving; and that nobody walks past it.

use super::{House, SEATS, address, assert_held, hold, hold_from, let_go, refusal};
use crate::support::{Answer, Browser};
use axum::http::StatusCode;
use common_ground::{error::AppError, server::state::new_key};

pub async fn join(browser: &mut Browser, slug: &str) -> Answer {
    join_with(browser, slug, &new_key().to_string(), "NY").await
}

pub async fn join_with(browser: &mut Browser, slug: &str, key: &str, state: &str) -> Answer {
    browser.call("/api/waiting/join", &[("slug", slug), ("key", key), ("state", state), ("adult", "true")]).await
}

pub fn assert_joined(answer: &Answer) {
    assert_eq!((answer.status, answer.location()), (StatusCode::OK, Some("/seats")), "{}", answer.body);
}

/// It is done, and whoever called stays where she is.
pub fn assert_done(answer: &Answer) {
    assert_eq!((answer.status, answer.location()), (StatusCode::OK, None), "{}", answer.body);
}

/// What `/seats` shows of somebody.
pub async fn mine(browser: &mut Browser) -> serde_json::Value {
    let answer = browser.call("/api/seats/page", &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

impl House {
    /// Who waits in a group, first to last, with how often each declined.
    pub async fn line(&self, slug: &str) -> Vec<(String, i16)> {
        sqlx::query_as(
            "select split_part(email, '@', 1), declines from waiting_entries w join accounts a on a.id = w.member_id
             join groups g on g.id = w.group_id where slug = $1 and ended_at is null order by joined_at, w.id",
        )
        .bind(slug)
        .fetch_all(&self.owner)
        .await
        .unwrap()
    }

    /// Mails of a kind to somebody, in the outbox or sent.
    pub async fn mailed(&self, name: &str, kind: &str) -> Vec<String> {
        sqlx::query_scalar("select text_body from outbox where to_address = $1 and kind = $2 order by created_at")
            .bind(address(name))
            .bind(kind)
            .fetch_all(&self.owner)
            .await
            .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn places_are_those_of_joining_and_are_shown() {
    let house = House::new().await;
    house.fill("g0", SEATS).await;
    let (mut wren, mut ida) = (house.member("wren").await, house.member("ida").await);
    assert_joined(&join(&mut wren, "g0").await);
    assert_joined(&join(&mut ida, "g0").await);
    assert_eq!(house.line("g0").await, [("wren".to_owned(), 0), ("ida".to_owned(), 0)]);
    let shown = mine(&mut ida).await;
    assert_eq!((&shown["lines"][0]["words"], &shown["lines"][0]["position"]), (&"2nd of 2 in line".into(), &2.into()));
    let group = ida.call("/api/groups/get", &[("slug", "g0")]).await;
    let group: serde_json::Value = serde_json::from_str(&group.body).unwrap();
    assert_eq!(group["line"]["position"], 2, "{group}");
    assert_eq!((&group["line"]["can_join"], &group["line"]["waiting"]), (&false.into(), &2.into()));
    let stranger = house.test.browser().call("/api/groups/get", &[("slug", "g0"), ("state", "NY")]).await;
    let stranger: serde_json::Value = serde_json::from_str(&stranger.body).unwrap();
    assert_eq!((&stranger["line"]["can_join"], &stranger["line"]["ask"]), (&true.into(), &true.into()), "{stranger}");
    assert_eq!(house.mailed("wren", "line_joined").await.len(), 1);

    // Leaving moves the others up; joining again is the end of the line.
    for _ in 0..2 {
        assert_done(&wren.call("/api/waiting/leave", &[("slug", "g0")]).await);
    }
    assert_eq!(mine(&mut ida).await["lines"][0]["words"], "1st of 1 in line");
    assert_joined(&join(&mut wren, "g0").await);
    assert_eq!(house.line("g0").await, [("ida".to_owned(), 0), ("wren".to_owned(), 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_is_refused_where_there_is_nothing_to_wait_for() {
    let house = House::new().await;
    let mut wren = house.member("wren").await;
    assert_eq!(refusal(&join(&mut wren, "g0").await), AppError::SeatFree);
    assert_held(&hold(&mut wren, "g0").await, "g0");
    house.fill("g0", SEATS - 1).await;
    assert_eq!(refusal(&join(&mut wren, "g0").await), AppError::HeldHere);
    house.seat("wren", "g1").await;
    house.fill("g1", SEATS - 1).await;
    assert_eq!(refusal(&join(&mut wren, "g1").await), AppError::SeatedHere);
    assert_eq!(refusal(&join(&mut wren, "nowhere").await), AppError::NotFound);

    house.fill("g2", SEATS).await;
    let key = new_key().to_string();
    assert!(matches!(refusal(&join_with(&mut wren, "g2", &key, "OH").await), AppError::NotEligible(_)));
    assert!(matches!(refusal(&join_with(&mut wren, "g2", &key, "XX").await), AppError::Fields(_)));
    // The refused form may use its key again, and the same wish twice is one.
    for _ in 0..2 {
        assert_joined(&join_with(&mut wren, "g2", &key, "NY").await);
    }
    assert_eq!(refusal(&join(&mut wren, "g2").await), AppError::InLine);
    assert_eq!(house.line("g2").await.len(), 1);
    for slug in ["g3", "g4", "g5", "g6", "g7"] {
        house.fill(slug, SEATS).await;
    }
    for slug in ["g3", "g4", "g5", "g6"] {
        assert_joined(&join(&mut wren, slug).await);
    }
    assert_eq!(refusal(&join(&mut wren, "g7").await), AppError::TooManyLines);
    wren.call("/api/waiting/leave", &[("slug", "g3")]).await;
    assert_joined(&join(&mut wren, "g7").await);
    assert_eq!(house.count("select count(*) from waiting_entries where ended_at is null").await, 5);
    house.change("update groups set status = 'closed', closes_on = current_date where slug = 'g8'").await;
    assert_eq!(refusal(&join(&mut wren, "g8").await), AppError::GroupNotOpen);
}

#[tokio::test(flavor = "multi_thread")]
async fn quick_joins_keep_the_limit_and_the_order() {
    let house = House::new().await;
    for slug in ["g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7"] {
        house.fill(slug, SEATS).await;
    }
    let wren = house.member("wren").await;
    let tries = ["g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7"].map(|slug| {
        let mut wren = wren.clone();
        async move { join(&mut wren, slug).await.status }
    });
    let joined = super::at_once(tries).await.into_iter().filter(|status| *status == StatusCode::OK).count();
    assert_eq!(joined, 5);
    assert_eq!(house.count("select count(*) from waiting_entries where ended_at is null").await, 5);
    // The same key at once is one place and one mail.
    let mut ida = house.member("ida").await;
    let key = new_key().to_string();
    let mut twin = ida.clone();
    let (one, two) = tokio::join!(join_with(&mut ida, "g0", &key, "NY"), join_with(&mut twin, "g0", &key, "NY"));
    assert_joined(&one);
    assert_joined(&two);
    assert_eq!(house.mailed("ida", "line_joined").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_script_a_wrong_answer_comes_back_with_the_form() {
    let house = House::new().await;
    house.fill("g0", SEATS).await;
    let mut wren = house.member("wren").await;
    let key = new_key().to_string();
    let back = wren.post("/api/waiting/join", &[("slug", "g0"), ("key", &key), ("adult", "true")]).await;
    assert_eq!((back.status, back.location()), (StatusCode::FOUND, Some("/reserve/g0")));
    let page = wren.call("/api/reserve/page", &[("slug", "g0")]).await;
    let page: serde_json::Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(page["form"]["errors"][0]["field"], "state", "{page}");
    assert!(page["form"]["values"].to_string().contains("[\"adult\",\"true\"]"), "{page}");
    assert_eq!(page["line"]["can_join"], true);
    let form = [("slug", "g0"), ("key", key.as_str()), ("state", "NY"), ("adult", "true")];
    for _ in 0..2 {
        let joined = wren.post("/api/waiting/join", &form).await;
        assert_eq!((joined.status, joined.location()), (StatusCode::FOUND, Some("/seats")));
    }
    assert_eq!(house.line("g0").await.len(), 1);
    let left = wren.post("/api/waiting/leave", &[("slug", "g0")]).await;
    assert_eq!((left.status, left.location()), (StatusCode::FOUND, Some("/seats")));
    assert_eq!(house.line("g0").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_eligible_is_passed_over_told_once_and_keeps_her_place() {
    let house = House::new().await;
    house.fill("g0", SEATS - 1).await;
    let (robin, _) = (house.member("robin").await, [house.member("wren").await, house.member("ida").await]);
    drop(robin);
    house.seat("robin", "g0").await;
    for name in ["wren", "ida"] {
        house.wait(name, "g0").await;
    }
    house.lives("wren", "OH").await;
    house.free("robin", "g0").await;
    for _ in 0..3 {
        house.test.work().await;
    }
    assert_eq!(house.seat_of("ida", "g0").await.as_deref(), Some("offered"));
    assert_eq!(house.line("g0").await[0], ("wren".to_owned(), 0), "she keeps her place");
    let told = house.mailed("wren", "line_skipped").await;
    assert_eq!(told.len(), 1, "{told:?}");
    // Back in a state of the leader's she is the first again.
    house.lives("wren", "NY").await;
    house.free_one("g0").await;
    house.test.work().await;
    assert_eq!(house.seat_of("wren", "g0").await.as_deref(), Some("offered"));
    assert_eq!(house.mailed("wren", "line_skipped").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nobody_to_offer_it_to_a_seat_is_on_sale() {
    let house = House::new().await;
    house.fill("g0", SEATS - 1).await;
    let (mut robin, mut lee) = (house.member("robin").await, house.member("lee").await);
    house.member("wren").await;
    house.wait("wren", "g0").await;
    assert_eq!(refusal(&hold(&mut robin, "g0").await), AppError::SomebodyWaits);
    house.lives("wren", "OH").await;
    house.test.work().await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    assert_eq!(refusal(&hold_from(&mut lee, "g0", "NY").await), AppError::GroupFull);
    // The finder says the same: let go, it is open to anybody; with her eligible again, to nobody but her.
    let_go(&mut robin, "g0").await;
    let open = |body: &str| body.contains("href=\"/groups/g0");
    assert!(open(&lee.get("/groups?open=true").await.body));
    house.lives("wren", "NY").await;
    assert!(!open(&lee.get("/groups?open=true").await.body));
    assert!(open(&lee.get("/groups").await.body));
}
