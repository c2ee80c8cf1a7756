//! All that we are ever mailed for, brought about as people and jobs do it, for tests that look at each kind of mail.

use super::{CONFIRM, link, on_the_list, opener, token};
use crate::{
    reminders::{look, meet},
    seats::{House, assert_confirmed, confirm},
    support::Browser,
};
use axum::http::StatusCode;
use chrono::{Days, Duration};
use common_ground::{
    commands,
    server::{
        digests::{self, Mode},
        state::new_key,
    },
    store::Actor,
};

pub const ROBIN: &str = "robin@example.org";

/// A practice with every kind of mail in its outbox. Gives it with Robin, who has a seat, a place in line and an offer.
pub async fn practice() -> (House, Browser) {
    let house = House::with(|settings| settings.rate_limits = true).await;
    house.change("update groups set cycle_began_on = '2099-01-01'").await;
    let mut robin = house.ready("robin", "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    lines_and_offers(&house, &mut robin).await;
    groups(&house).await;
    accounts(&house, &mut robin).await;
    the_list(&house).await;
    let start = house.test.app.now() + Duration::days(2);
    meet(&house, "g0", start).await;
    for before in [Duration::hours(20), Duration::minutes(50)] {
        look(&house, start - before).await;
    }
    house.change("update meetings set starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day' where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at offset 3 limit 1)").await;
    look(&house, house.test.app.now()).await;
    digests::run(&house.test.app, &Mode::Write(Actor::Worker), &|_| ()).await.unwrap();
    house.test.work().await;
    (house, robin)
}

async fn called(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) {
    let answer = browser.call(path, fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
}

/// Joined, skipped, offered, nearly over, over, released.
async fn lines_and_offers(house: &House, robin: &mut Browser) {
    house.fill("g1", 7).await;
    house.wait("robin", "g1").await;
    house.fill("g2", 8).await;
    let key = new_key().to_string();
    let joined = [("slug", "g2"), ("key", key.as_str()), ("state", "NY"), ("adult", "true")];
    called(robin, "/api/waiting/join", &joined).await;
    // Whoever is elsewhere when her turn comes.
    house.member("ada").await;
    house.fill("g3", 7).await;
    house.wait("ada", "g3").await;
    house.lives("ada", "OH").await;
    let mut bo = house.member("bo").await;
    let offer = house.offer("bo", "g4").await.to_string();
    called(&mut bo, "/api/offers/decline", &[("id", &offer)]).await;
    house.member("cy").await;
    house.offer("cy", "g5").await;
    house.change("update offers set offered_at = now() - interval '11 hours', ends_at = now() + interval '1 hour' where member_id = (select id from accounts where email = 'cy@example.org')").await;
    house.change("update seats s set held_until = o.ends_at from offers o where o.id = s.offer_id").await;
    let mut di = house.member("di").await;
    house.lives("di", "NY").await;
    house.seat("di", "g6").await;
    let key = new_key().to_string();
    called(&mut di, "/api/seats/release", &[("slug", "g6"), ("key", &key)]).await;
}

/// One begins, one is put off, one ends.
async fn groups(house: &House) {
    for (slug, seats) in [("g7", 4), ("g8", 2), ("g9", 2)] {
        house.fill(slug, seats).await;
    }
    house
        .change(
            "update groups set status = 'forming', starts_on = (now() at time zone zone)::date + 3,
               decide_on = (now() at time zone zone)::date, minimum = 4 where slug in ('g7', 'g8')",
        )
        .await;
    let last = house.test.app.now().date_naive() + Days::new(20);
    commands::group::close(&house.test.app, "g9", last).await.unwrap();
}

/// A question, a fresh code, another state, another address, and the end of an account.
async fn accounts(house: &House, robin: &mut Browser) {
    let key = new_key().to_string();
    let asked = [("key", key.as_str()), ("name", "Robin"), ("email", ROBIN), ("question", "May I bring my dog?")];
    called(robin, "/api/contact/ask", &asked).await;
    called(robin, "/api/account/ask-code", &[]).await;
    called(robin, "/api/account/address", &[("email", "new.robin@example.org")]).await;
    let mut eve = house.member("eve").await;
    house.lives("eve", "NY").await;
    house.seat("eve", "g10").await;
    let moves = [
        ("display_name", "Eve"),
        ("legal_name", "Eve Ellery"),
        ("phone", "555 010 0142"),
        ("state", "OH"),
        ("zone", "America/New_York"),
        ("contact_name", "Sam Whitlock"),
        ("contact_phone", "555 010 0143"),
    ];
    assert_eq!(eve.submit("/api/account/profile", &moves).await.status, StatusCode::OK);
    let mut fay = house.member("fay").await;
    called(&mut fay, "/api/account/address", &[("email", "new.fay@example.org")]).await;
    for (email, kind) in [("fay@example.org", "address_old"), ("new.fay@example.org", "address_new")] {
        let token = crate::account::address::link(house, email, kind).await;
        called(&mut fay, "/api/account/address-confirm", &[("token", &token)]).await;
    }
    let mut gus = house.member("gus").await;
    called(&mut gus, "/api/account/delete", &[("sure", "true")]).await;
    let mut browser = house.test.browser();
    browser.post("/api/sign-in/request", &[("email", "hal@example.org")]).await;
}

/// Asked, asked again, a fresh link, another address; and what comes each week.
async fn the_list(house: &House) {
    const LATER: &str = "update subscribers set mailed_at = now() - interval '2 hours'";
    let test = &house.test;
    on_the_list(test, ROBIN, &[]).await;
    on_the_list(test, "ivy@example.org", &[]).await;
    let opened = opener(test, "ivy@example.org").await;
    let mut browser = test.browser();
    house.change(LATER).await;
    super::ask(&mut browser, "ivy@example.org", &[]).await;
    house.change(LATER).await;
    browser.post("/api/notifications/fresh-link", &[("token", &opened)]).await;
    browser.post("/api/notifications/address", &[("token", &opened), ("email", "new.ivy@example.org")]).await;
    let path = link(test, "new.ivy@example.org").await;
    browser.post(CONFIRM, &[("token", &token(&path))]).await;
    super::ask(&mut browser, "jo@example.org", &[("state", "NY")]).await;
    house
        .change(
            "update subscribers set confirmed_at = now() - interval '3 days',
               weekday = extract(isodow from (now() - interval '1 day') at time zone zone) where status = 'confirmed'",
        )
        .await;
}
