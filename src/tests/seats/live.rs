//! Live seat counts: what a stream says, when, and to whom.

use super::{House, SEATS, assert_confirmed, assert_held, at_once, confirm, hold, let_go, names};
use crate::{
    ear::{Ear, Heard, SILENCE},
    support::TestApp,
};
use axum::Router;
use common_ground::{server::live::ticker::LINGER, store::live::CHANNEL};
use sqlx::postgres::PgListener;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

impl House {
    /// Another instance over the same database.
    fn other(&self) -> TestApp {
        let url = self.test.app.settings.database_url.clone().unwrap();
        TestApp::over(url, self.test.owner_url.clone(), |_| {})
    }

    fn router(&self) -> &Router {
        &self.test.router
    }
}

/// Text and small print of the only group of an event.
fn words(heard: &Heard) -> (&str, &str) {
    let seats = &heard.only().seats;
    (&seats.text, &seats.sub)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_on_one_instance_is_seen_on_every_other_within_a_second() {
    let house = House::new().await;
    let (other, third) = (house.other(), house.other());
    let path = "/events/groups?groups=g0";
    let (mut here, begin) = Ear::begin(house.router(), path).await;
    assert_eq!(words(&begin), ("8 seats free", "of 8"));
    let (mut there, _) = Ear::begin(&other.router, path).await;
    let (mut third_ear, _) = Ear::begin(&third.router, path).await;
    let (mut elsewhere, _) = Ear::begin(&other.router, "/events/groups?groups=g1").await;

    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    let held = Instant::now();
    for ear in [&mut there, &mut here, &mut third_ear] {
        let heard = ear.hear_in_time(held).await;
        assert_eq!(words(&heard), ("7 seats free", "one more is on hold"));
        assert_eq!(heard.only().sentence, "Seven of eight seats are free.");
        // What a page says that is loaded now, it says as well.
        let page = other.browser().get("/groups/g0").await;
        assert!(page.body.contains("Seven of eight seats are free."), "{}", page.body);
    }

    let_go(&mut robin, "g0").await;
    let freed = Instant::now();
    for ear in [&mut there, &mut here, &mut third_ear] {
        assert_eq!(words(&ear.hear_in_time(freed).await), ("8 seats free", "of 8"));
    }
    assert!(elsewhere.is_silent().await, "it was asked for another group");
    assert!(here.is_silent().await, "what has not changed is not said again");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_it_and_whatever_changes() {
    let house = House::new().await;
    let (mut ear, _) = Ear::begin(house.router(), "/events/groups?groups=g0").await;
    let mut robin = house.ready("robin", "g0").await;
    assert_eq!(words(&ear.hear().await), ("7 seats free", "one more is on hold"));
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    assert_eq!(words(&ear.hear_in_time(Instant::now()).await), ("7 seats free", "of 8"));
    // By hand, in the database: no program of ours has to take part.
    house.fill("g0", SEATS - 1).await;
    assert_eq!(words(&ear.hear_in_time(Instant::now()).await), ("Full", "all 8 seats are taken"));
    house.member("wren").await;
    house.wait("wren", "g0").await;
    assert_eq!(words(&ear.hear_in_time(Instant::now()).await).0, "Full, 1 person waiting");
    house.change("update groups set status = 'closed', closes_on = current_date where slug = 'g0'").await;
    // Whether it meets once more is not heard here; the page says it.
    assert_eq!(words(&ear.hear_in_time(Instant::now()).await).0, "Takes nobody new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_lapses_is_seen_though_nobody_does_anything() {
    let mut house = House::new().await;
    let url = house.test.app.settings.database_url.clone().unwrap();
    let short = TestApp::over(url, house.test.owner_url.clone(), |settings| settings.durations.hold = 3);
    let listening = std::mem::replace(&mut house.test, short);
    let (mut ear, _) = Ear::begin(&listening.router, "/events/groups?groups=g0").await;
    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    let held = Instant::now();
    assert_eq!(words(&ear.hear().await), ("7 seats free", "one more is on hold"));
    assert_eq!(words(&ear.hear().await), ("8 seats free", "of 8"));
    let took = held.elapsed();
    assert!(took <= Duration::from_secs(4) && took >= Duration::from_millis(2500), "{took:?}");
    let state: String = sqlx::query_scalar("select state from seats where member_id is not null")
        .fetch_one(&house.owner)
        .await
        .unwrap();
    assert_eq!(state, "held", "the row was not touched");
}

/// Without a speaker there are no hints: here another session keeps that part to itself and says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn without_any_hint_looking_is_enough() {
    let house = House::new().await;
    let mut speaker = house.owner.acquire().await.unwrap();
    sqlx::query("select pg_advisory_lock(1, 0)").execute(&mut *speaker).await.unwrap();
    let mut hints = PgListener::connect(&house.test.owner_url).await.unwrap();
    hints.listen(CHANNEL).await.unwrap();
    let other = house.other();
    let (mut ear, _) = Ear::begin(&other.router, "/events/groups?groups=g0,g1,g2").await;
    for slug in ["g0", "g1", "g2"] {
        assert_held(&hold(&mut house.member(slug).await, slug).await, slug);
        assert_eq!(ear.hear_in_time(Instant::now()).await.only().slug, slug);
    }
    assert!(timeout(SILENCE, hints.recv()).await.is_err(), "there was a hint after all");
}

/// A commit that notifies takes a lock of the whole database, so no hold does, and many changes are one hint.
#[tokio::test(flavor = "multi_thread")]
async fn many_changes_are_one_hint() {
    let house = House::new().await;
    let mut hints = PgListener::connect(&house.test.owner_url).await.unwrap();
    hints.listen(CHANNEL).await.unwrap();
    let members = house.members(&names(24)).await;
    let hold_all = |members: Vec<crate::support::Browser>, group: usize| {
        at_once(members.into_iter().map(move |mut member| async move {
            let slug = format!("g{group}");
            assert_held(&hold(&mut member, &slug).await, &slug);
        }))
    };
    hold_all(members[..8].to_vec(), 0).await;
    assert!(timeout(SILENCE, hints.recv()).await.is_err(), "nobody listens, and a hold has notified");

    let (mut ear, _) = Ear::begin(house.router(), "/events/groups").await;
    let began = Instant::now();
    hold_all(members[8..16].to_vec(), 1).await;
    hold_all(members[16..].to_vec(), 2).await;
    let mut left = [("g1", false), ("g2", false)];
    while left.iter().any(|(_, is_full)| !is_full) {
        for seats in ear.hear().await.seats {
            for (slug, is_full) in &mut left {
                *is_full |= seats.slug == *slug && seats.seats.counts.held == 8;
            }
        }
    }
    // A tick that was due already may come at once.
    let most = began.elapsed().as_millis() / 200 + 2;
    let mut heard = 0;
    while timeout(SILENCE, hints.recv()).await.is_ok() {
        heard += 1;
    }
    assert!((1..=most).contains(&heard), "{heard} hints, {most} at most");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_stream_goes_on_where_it_was() {
    let house = House::new().await;
    let path = "/events/groups?groups=g0,g1,g2,no-such-group";
    // Somebody else goes on listening meanwhile.
    let (_other, _) = Ear::begin(house.router(), path).await;
    let (mut ear, begin) = Ear::begin(house.router(), path).await;
    assert_eq!(begin.slugs(), ["g0", "g1", "g2"]);
    assert!(ear.is_silent().await);
    drop(ear);
    assert_held(&hold(&mut house.member("robin").await, "g1").await, "g1");
    sleep(SILENCE).await;

    let mut back = Ear::with(house.router(), path, &[("last-event-id", &begin.id)]).await;
    let missed = back.hear().await;
    assert_eq!(missed.slugs(), ["g1"], "only what has changed");
    let mut again = Ear::with(house.router(), path, &[("last-event-id", &missed.id)]).await;
    assert!(again.is_silent().await, "nothing has");
    // It goes on as any other.
    assert_held(&hold(&mut house.member("wren").await, "g2").await, "g2");
    assert_eq!(again.hear_in_time(Instant::now()).await.slugs(), ["g2"]);

    // Whoever comes from another instance, or with something else, gets everything.
    let elsewhere = house.other();
    for (router, id) in
        [(&elsewhere.router, missed.id.as_str()), (house.router(), "x-1"), (house.router(), ""), (house.router(), "é")]
    {
        let mut ear = Ear::with(router, path, &[("last-event-id", id)]).await;
        assert_eq!(ear.hear().await.slugs(), ["g0", "g1", "g2"], "{id:?}");
    }
}

/// As a laptop does that slept: whoever looks for changes has ended meanwhile, and the next one counts from the beginning.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_when_nobody_has_listened_misses_nothing() {
    let house = House::new().await;
    let path = "/events/groups?groups=g0,g1,g2";
    let (ear, begin) = Ear::begin(house.router(), path).await;
    drop(ear);
    sleep(LINGER + SILENCE).await;
    assert_held(&hold(&mut house.member("robin").await, "g1").await, "g1");
    let mut back = Ear::with(house.router(), path, &[("last-event-id", &begin.id)]).await;
    let missed = back.hear().await;
    assert!(missed.slugs().contains(&"g1"), "{}", missed.data);
    assert_ne!(missed.id, begin.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_finds_the_newest_and_no_queue() {
    let house = House::new().await;
    let path = "/events/groups?groups=g0";
    let (mut slow, _) = Ear::begin(house.router(), path).await;
    let (mut quick, _) = Ear::begin(house.router(), path).await;
    for taken in 1..=4_u8 {
        house.fill("g0", 1).await;
        assert_eq!(quick.hear().await.only().seats.counts.reserved, taken, "the quick one hears each");
    }
    let heard = slow.hear().await;
    assert_eq!(heard.only().seats.counts.reserved, 4, "{}", heard.data);
    assert!(slow.is_silent().await, "the newest is all");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_says_the_same_to_everybody_and_nothing_about_anybody() {
    let house = House::new().await;
    house.member("robin").await;
    house.seat("robin", "g0").await;
    let mut wren = house.member("wren").await;
    assert_held(&hold(&mut wren, "g0").await, "g0");
    let cookie = format!("session={}", wren.cookies["session"]);
    let path = "/events/groups?groups=g0";
    let headers = [("cookie", cookie.as_str()), ("accept-encoding", "br, gzip")];
    let mut hers = Ear::with(house.router(), path, &headers).await;
    let (anybodys, begin) = Ear::begin(house.router(), path).await;
    assert_eq!(hers.hear().await.data, begin.data);
    let counts = begin.only().seats.counts;
    assert_eq!((counts.reserved, counts.held, counts.yours, counts.offered), (1, 1, 0, 0));

    let allowed = ["slug", "seats", "sentence", "counts", "forming", "text", "sub", "can_hold"];
    let numbers = ["capacity", "reserved", "held", "yours", "offered"];
    let keys: Vec<_> = begin.data.split("\":").filter_map(|before| before.rsplit('"').next()).collect();
    for key in &keys[..keys.len() - 1] {
        assert!(allowed.contains(key) || numbers.contains(key), "{key} in {}", begin.data);
    }
    for headers in [&hers.headers, &anybodys.headers] {
        assert_eq!(headers["content-type"], "text/event-stream");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(!headers.contains_key("content-encoding") && !headers.contains_key("set-cookie"), "{headers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_mean_is_ignored() {
    let house = House::new().await;
    let (_, all) = Ear::begin(house.router(), "/events/groups").await;
    assert!(all.seats.len() > 12, "{:?}", all.slugs());
    let many: Vec<_> = (0..60).map(|n| format!("x{n}")).chain(["g0".to_owned()]).collect();
    for (path, expected) in [
        ("/events/groups?groups=g3%2Cg1&other=1".to_owned(), vec!["g1", "g3"]),
        ("/events/groups?groups=g1,g1,,%00,G2".to_owned(), vec!["g1"]),
        (format!("/events/groups?groups=g1,{}", many.join(",")), vec!["g1"]),
    ] {
        let (_, begin) = Ear::begin(house.router(), &path).await;
        assert_eq!(begin.slugs(), expected, "{path}");
    }
    for path in ["/events/groups?groups=", "/events/groups?groups=none"] {
        let mut ear = Ear::open(house.router(), path).await;
        assert!(ear.block().await.unwrap().starts_with("retry: "), "{path}");
        assert!(ear.is_silent().await, "{path}");
    }
}
