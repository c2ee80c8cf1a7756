//! A thousand requests that are given up half way, over everything that changes a seat, a line or an offer.

use super::writes::{acknowledged, assert_none_is_left_open, give_up_after, send, until_quiet};
use crate::{
    seats::{House, SEATS, address, assert_held, hold},
    support::Browser,
};
use common_ground::server::state::new_key;
use futures::future::join_all;
use sqlx::{Connection as _, PgConnection};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use uuid::Uuid;

const ABORTS: u32 = 1000;
/// Of each endpoint at least; how many there are of the others depends on what the seats allow.
const OF_EACH: u32 = 25;
/// The round is too long by far when this is over; a busy machine is no fault.
const PATIENCE: Duration = Duration::from_mins(5);

const ENDPOINTS: [&str; 14] = [
    "absences/take-back",
    "absences/tell",
    "offers/accept",
    "offers/decline",
    "reserve/about",
    "reserve/agreements",
    "seats/confirm",
    "seats/hold",
    "seats/let-go",
    "seats/release",
    "seats/renew",
    "sign-in/request",
    "waiting/join",
    "waiting/leave",
];

/// A form that somebody sends and does not wait for.
struct Form {
    endpoint: &'static str,
    browser: Browser,
    pairs: Vec<(&'static str, String)>,
}

/// Everybody has a group of her own, in which her seat goes through its life.
struct People {
    house: House,
    browsers: BTreeMap<&'static str, Browser>,
    meeting: Uuid,
}

impl People {
    async fn new() -> Self {
        let house = House::new().await;
        let mut browsers = BTreeMap::new();
        for name in ["wren", "ida"] {
            browsers.insert(name, house.member(name).await);
        }
        browsers.insert("robin", house.ready("robin", "g2").await);
        browsers.insert("june", house.ready("june", "g1").await);
        for name in ["may", "nora"] {
            browsers.insert(name, house.member(name).await);
            house.lives(name, "NY").await;
        }
        house.fill("g3", SEATS).await;
        house.seat("nora", "g5").await;
        let meeting = sqlx::query_scalar(
            "select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g5' and starts_at > now() + interval '1 day'
             order by starts_at limit 1",
        );
        let meeting = meeting.fetch_one(&house.owner).await.unwrap();
        Self { house, browsers, meeting }
    }

    /// What everybody sends in this round, as her seat stands.
    async fn forms(&mut self, round: u32) -> Vec<Form> {
        let house = &self.house;
        // Holds of an earlier day do not count, so that she may hold again; and no hold ends while this goes on.
        house.change("update holds set held_at = held_at - interval '2 days' where ended_at is not null").await;
        house
            .change("update seats set held_until = now() + interval '10 minutes', renewals = 0 where state = 'held'")
            .await;
        let is_even = round.is_multiple_of(2);
        let wren = match house.seat_of("wren", "g0").await {
            None => "seats/hold",
            Some(_) if !round.is_multiple_of(3) => "seats/renew",
            Some(_) => "seats/let-go",
        };
        let robin = match house.seat_of("robin", "g2").await.as_deref() {
            None => {
                let robin = self.browsers.get_mut("robin").unwrap();
                assert_held(&hold(robin, "g2").await, "g2");
                "seats/confirm"
            }
            Some("held") => "seats/confirm",
            Some(_) => "seats/release",
        };
        let waits = house.line("g3").await.iter().any(|(name, _)| name == "may");
        let offer = self.offer().await;
        let slug = |slug: &str| ("slug", slug.to_owned());
        let key = || ("key", new_key().to_string());
        let from = || [("state", "NY".to_owned()), ("adult", "true".to_owned())];
        let mut forms = vec![
            ("wren", wren, [vec![slug("g0"), key()], from().to_vec()].concat()),
            ("robin", robin, vec![slug("g2"), key()]),
            (
                "may",
                if waits { "waiting/leave" } else { "waiting/join" },
                [vec![slug("g3"), key()], from().to_vec()].concat(),
            ),
            ("ida", if is_even { "offers/accept" } else { "offers/decline" }, vec![("id", offer.to_string())]),
            (
                "nora",
                if is_even { "absences/tell" } else { "absences/take-back" },
                vec![("meeting", self.meeting.to_string())],
            ),
        ];
        forms.push(if is_even {
            ("june", "reserve/about", owned(&crate::journey::about("g1")))
        } else {
            let ticked = ["group", "telehealth", "privacy"].map(|kind| (kind, "true"));
            (
                "june",
                "reserve/agreements",
                owned(&[&[("slug", "g1"), ("signature", "Robin Ashby")][..], &ticked].concat()),
            )
        });
        if round.is_multiple_of(4) {
            forms.push(("wren", "sign-in/request", vec![("email", address("wren"))]));
        }
        forms
            .into_iter()
            .map(|(name, endpoint, pairs)| Form { endpoint, browser: self.browsers[name].clone(), pairs })
            .collect()
    }

    /// An offer that Ida has not answered.
    async fn offer(&self) -> Uuid {
        let house = &self.house;
        for sql in [
            "update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0,
               offer_id = null, vacancy = null, free_from = null
             where member_id = (select id from accounts where email = 'ida@example.org')",
            "delete from offers where member_id = (select id from accounts where email = 'ida@example.org')",
            "delete from waiting_entries where member_id = (select id from accounts where email = 'ida@example.org')",
        ] {
            house.change(sql).await;
        }
        house.offer("ida", "g4").await
    }
}

fn owned(pairs: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_that_are_given_up_poison_nothing() {
    let mut people = People::new().await;
    let mut owner = PgConnection::connect(&people.house.test.owner_url).await.unwrap();
    let mut given_up: BTreeMap<&str, u32> = ENDPOINTS.map(|endpoint| (endpoint, 0)).into();
    let (began, mut round) = (Instant::now(), 0);
    while given_up.values().sum::<u32>() < ABORTS || given_up.values().any(|times| *times < OF_EACH) {
        assert!(began.elapsed() < PATIENCE, "after {round} rounds: {given_up:?}");
        let forms = people.forms(round).await;
        let test = &people.house.test;
        // Each is sent twice, as by a double click, and given up at another moment.
        let at_once = forms.iter().enumerate().flat_map(|(number, form)| {
            (0..2).map(move |copy| async move {
                let path = format!("/api/{}", form.endpoint);
                let pairs: Vec<_> = form.pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let waits = u64::from(round / 2) + number as u64 + copy * 2;
                let sent = send(&form.browser, test, &path, &pairs);
                give_up_after(waits % 5, sent).await.is_none().then_some(form.endpoint)
            })
        });
        for endpoint in join_all(at_once).await.into_iter().flatten() {
            *given_up.get_mut(endpoint).unwrap() += 1;
        }
        // What they have begun goes on without them.
        until_quiet(&mut owner).await;
        round += 1;
    }
    assert_none_is_left_open(&mut owner).await;
    // Whatever was done was done whole.
    for sql in [
        "select count(*) from seats s where state = 'reserved' and not exists (select from reservations r
           where r.id = s.reservation_id and r.member_id = s.member_id and r.group_id = s.group_id and r.ended_at is null)",
        "select count(*) from reservations r where ended_at is null and not exists (select from seats s where s.reservation_id = r.id)",
        "select count(*) from seats s where state = 'held' and offer_id is null and not exists (select from holds h
           where h.id = s.hold_id and h.member_id = s.member_id and h.ended_at is null)",
        "select count(*) from holds h where ended_at is null and not exists (select from seats s where s.hold_id = h.id)",
    ] {
        assert_eq!(people.house.count(sql).await, 0, "{sql}");
    }
    for action in ["seat held", "seat reserved", "seat released"] {
        let done: i64 = sqlx::query_scalar("select count(*) from audit_events where action = $1")
            .bind(action)
            .fetch_one(&mut owner)
            .await
            .unwrap();
        assert!(done > 5, "{action}: {done}");
    }
    for number in 0..30 {
        let subject = format!("after {number}");
        assert_eq!(acknowledged(&people.house.test, &mut owner, &subject).await, 1, "acknowledged and lost");
    }
}
