//! A storm over one group for two minutes, through two instances: people in line who accept, decline, let offers end, leave and come back;
//! walk-ups who hold, let go, confirm, and confirm too late; others who have told no more than where they live, and whose
//! holds are the plain case; seats that are given back; a worker at each. Holds and offers last a second or two, and no
//! clock is turned.
//!
//! Whether somebody is overtaken is judged by the database itself, in the moment and in the transaction in which a seat
//! becomes somebody's: whatever the program looked at before, nobody who waits and could be offered that vacancy may come
//! before her.

use super::{
    House, SEATS, confirm, hold, let_go,
    line::join,
    offers::{accept, decline},
    plain,
    race::release,
    tell,
};
use crate::support::{Answer, Browser, TestApp};
use axum::http::StatusCode;
use common_ground::{
    jobs,
    server::state::{App, new_key},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

const LASTS: Duration = Duration::from_mins(2);
const WAITERS: usize = 6;
const WALKERS: usize = 5;
/// Walk-ups who hold and no more.
const PLAIN: usize = 3;
/// Seats that strangers keep.
const KEPT: usize = 4;

/// Writes down every seat that somebody got past somebody in line, and nothing else. A lapsed seat that she confirms before
/// anybody took it is still hers.
const JUDGE: [&str; 4] = [
    "create table overtaken (at timestamptz default clock_timestamp(), state text, member uuid, past uuid)",
    "create function judge() returns trigger language plpgsql security definer as $$
     begin
       insert into overtaken (state, member, past)
       select new.state, new.member_id, w.member_id from waiting_entries w
       where w.group_id = new.group_id and w.ended_at is null and w.member_id <> new.member_id
         and not exists (select from waiting_entries h where h.group_id = w.group_id and h.member_id = new.member_id
           and h.ended_at is null and (h.joined_at, h.id) < (w.joined_at, w.id))
         and not exists (select from seats x where x.group_id = w.group_id and x.member_id = w.member_id
           and (x.state = 'reserved' or x.state <> 'free' and x.held_until > now()))
         and not exists (select from offers o where o.member_id = w.member_id and o.vacancy = coalesce(new.vacancy, old.vacancy))
       limit 1;
       return null;
     end $$",
    "create trigger judge_a_taken_seat after update on seats for each row
     when (new.state <> 'free' and (old.state, old.hold_id) is distinct from (new.state, new.hold_id)
       and (new.state <> 'reserved' or old.member_id is distinct from new.member_id)) execute function judge()",
    "grant select on overtaken to public",
];

impl House {
    async fn judged(&self) {
        for sql in JUDGE.into_iter().chain(plain::WITNESS) {
            self.change(sql).await;
        }
    }
}

/// A number below `most`, by chance.
fn any(most: u64) -> u64 {
    new_key().as_u64_pair().1 % most
}

async fn pause(from: u64, to: u64) {
    tokio::time::sleep(Duration::from_millis(from + any(to - from))).await;
}

/// What happened, by name.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<BTreeMap<&'static str, u32>>>);

impl Log {
    fn note(&self, what: &'static str) {
        *self.0.lock().unwrap().entry(what).or_default() += 1;
    }

    /// Notes what came of a call; tells whether it was done. Nothing may break, whoever else does what.
    fn came(&self, what: [&'static str; 2], answer: &Answer) -> bool {
        let done = answer.status == StatusCode::OK;
        // A machine with much else to do may be too slow for a lock's three seconds, and says so.
        let busy = answer.status == StatusCode::SERVICE_UNAVAILABLE;
        assert!(!answer.status.is_server_error() || busy, "{what:?}: {} {}", answer.status, answer.body);
        self.note(if busy { "busy" } else { what[usize::from(done)] });
        done
    }
}

/// Everybody of the storm, with the time at which it is over.
#[derive(Clone)]
struct Storm {
    house: Arc<House>,
    log: Log,
    ends: Instant,
}

impl Storm {
    fn goes_on(&self) -> bool {
        Instant::now() < self.ends
    }

    /// Confirms; whoever has a seat sits there a little and gives it back.
    async fn confirm_and_release(&self, browser: &mut Browser, what: [&'static str; 2]) {
        let confirmed = confirm(browser, "g0").await;
        // A step that is missing is an answer too, but nobody here has left one out.
        if self.log.came(what, &confirmed) && confirmed.location() == Some("/reserve/g0/confirmed") {
            pause(50, 400).await;
            // What was too slow to be answered may have been done.
            loop {
                let released = release(browser, "g0").await;
                let done = self.log.came(["released unheard", "released"], &released);
                if done || released.status == StatusCode::NOT_FOUND {
                    break;
                }
            }
        }
    }

    async fn wait_in_line(self, name: String, mut browser: Browser) {
        while self.goes_on() {
            let Some(offer) = self.house.offer_of(&name, "g0").await else {
                self.log.came(["could not join", "joined"], &join(&mut browser, "g0").await);
                pause(80, 250).await;
                if any(12) == 0 {
                    self.log.came(["", "left"], &browser.call("/api/waiting/leave", &[("slug", "g0")]).await);
                }
                continue;
            };
            match any(6) {
                0 => {
                    self.log.came(["too late to decline", "declined"], &decline(&mut browser, offer).await);
                }
                1 => {
                    let left = browser.call("/api/waiting/leave", &[("slug", "g0")]).await;
                    self.log.came(["", "left with an offer"], &left);
                }
                2 => pause(2000, 2600).await,
                3 => {
                    pause(1800, 2600).await;
                    self.confirm_and_release(&mut browser, ["offer was over", "confirmed a late offer"]).await;
                }
                _ => {
                    if self.log.came(["too late to accept", "accepted"], &accept(&mut browser, offer).await) {
                        self.confirm_and_release(&mut browser, ["too late to confirm", "confirmed an offer"]).await;
                    }
                }
            }
            // With everybody in line all the time no walk-up would ever get a seat.
            if any(2) == 0 {
                self.log.came(["", "left"], &browser.call("/api/waiting/leave", &[("slug", "g0")]).await);
                pause(500, 3000).await;
            }
        }
    }

    async fn walk_up(self, mut browser: Browser) {
        while self.goes_on() {
            pause(40, 160).await;
            if !self.log.came(["walk-up refused", "held"], &hold(&mut browser, "g0").await) {
                continue;
            }
            match any(4) {
                0 => {
                    self.log.came(["", "let go"], &let_go(&mut browser, "g0").await);
                }
                1 => self.confirm_and_release(&mut browser, ["hold was over", "confirmed a hold"]).await,
                2 => {
                    pause(1000, 1300).await;
                    self.confirm_and_release(&mut browser, ["lapsed and gone", "confirmed a lapsed hold"]).await;
                }
                _ => pause(900, 1300).await,
            }
        }
    }

    async fn walk_up_plainly(self, mut browser: Browser) {
        while self.goes_on() {
            pause(40, 160).await;
            if self.log.came(["plain walk-up refused", "held plainly"], &hold(&mut browser, "g0").await) {
                if any(2) == 0 {
                    self.log.came(["", "let go"], &let_go(&mut browser, "g0").await);
                }
                // A hold of seconds ago is one of another day here, and then hers are plain again.
                pause(900, 4000).await;
            }
        }
    }

    async fn work(self, app: App) {
        while self.goes_on() {
            pause(100, 300).await;
            let worker = jobs::Worker::new(app.clone()).unwrap();
            if let Err(error) = jobs::line::run(worker).await {
                self.log.note("a round that failed");
                assert!(matches!(error, common_ground::store::Failure::Away(_)), "{error}");
            }
            // Three holds a day would soon be over: those of seconds ago count as those of another day. A hold that somebody
            // is about to confirm late is younger.
            self.house
                .change(
                    "update holds set held_at = held_at - interval '1 day' where id in (select id from holds
                       where held_at between now() - interval '1 hour' and now() - interval '4 seconds' for update skip locked)",
                )
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_storm_nobody_overtakes_and_nothing_is_left() {
    let mut house = House::new().await;
    house.fill("g0", KEPT).await;
    let (url, owner_url) = (house.test.app.settings.database_url.clone().unwrap(), house.test.owner_url.clone());
    let instance = || {
        TestApp::over(url.clone(), owner_url.clone(), |settings| {
            (settings.durations.hold, settings.durations.offer) = (1, 2);
        })
    };
    let instances = [instance(), instance()];
    let names: Vec<_> = (0..WAITERS + WALKERS).map(|n| format!("person-{n}")).collect();
    let mut people = Vec::new();
    let at = |number: usize, known: &Browser| {
        let mut browser = instances[number % 2].browser();
        browser.cookies.clone_from(&known.cookies);
        browser
    };
    for (number, name) in names.iter().enumerate() {
        let mut ready = house.member(name).await;
        assert_eq!(hold(&mut ready, "g11").await.status, StatusCode::OK);
        tell(&mut ready, "g11").await;
        let_go(&mut ready, "g11").await;
        people.push(at(number, &ready));
    }
    let mut plain_people = Vec::new();
    for number in 0..PLAIN {
        let name = format!("plain-{number}");
        plain_people.push(at(number, &house.member(&name).await));
        house.lives(&name, "NY").await;
    }
    let apps = instances.each_ref().map(|instance| instance.app.clone());
    let [one, _other] = instances;
    house.test = one;
    house.judged().await;
    house.warm().await;

    let log = Log::default();
    let storm = Storm { house: Arc::new(house), log: log.clone(), ends: Instant::now() + LASTS };
    let mut going = Vec::new();
    for (number, (name, browser)) in names.into_iter().zip(people).enumerate() {
        going.push(if number < WAITERS {
            tokio::spawn(storm.clone().wait_in_line(name, browser))
        } else {
            tokio::spawn(storm.clone().walk_up(browser))
        });
    }
    going.extend(plain_people.into_iter().map(|browser| tokio::spawn(storm.clone().walk_up_plainly(browser))));
    going.extend(apps.map(|app| tokio::spawn(storm.clone().work(app))));
    for one in going {
        one.await.expect("nothing broke");
    }
    let house = storm.house;
    // What is over by now is passed on, and then nothing is left to do.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let mut blocked = 1;
    for _ in 0..5 {
        jobs::line::run(jobs::Worker::new(house.test.app.clone()).unwrap()).await.unwrap();
        // Where an offer ends between the two, the next round finds it.
        blocked = house.count(super::race::BLOCKED).await;
        if blocked == 0 {
            break;
        }
    }
    assert_eq!(blocked, 0);

    let overtaken: Vec<(String, String, String)> = sqlx::query_as(
        "select o.state, m.email, p.email from overtaken o join accounts m on m.id = o.member join accounts p on p.id = o.past",
    )
    .fetch_all(&house.owner)
    .await
    .unwrap();
    assert!(overtaken.is_empty(), "{overtaken:?}");
    for (wrong, sql) in [
        (
            "a no that was not counted, or counted twice",
            "select count(*) from waiting_entries w where w.declines <> least(2,
               (select count(*) from offers o where o.entry_id = w.id and o.state in ('declined', 'expired')))",
        ),
        (
            "an offer without its mail",
            "select (select count(*) from offers) - (select count(*) from outbox where kind = 'offer_made')",
        ),
        (
            "a reservation without its seat, or a seat without its reservation",
            "select count(*) from (select id from reservations where ended_at is null) r
             full join (select reservation_id as id from seats where state = 'reserved') s using (id)
             where r.id is null or s.id is null",
        ),
        ("a seat too many", "select count(*) - 8 from seats s join groups g on g.id = s.group_id where slug = 'g0'"),
        (
            "an offer that is open and has no seat",
            "select count(*) from offers o where o.closed_at is null and not exists (select from seats s where s.offer_id = o.id)",
        ),
        (
            "a mail that names the group or its leader",
            "select count(*) from outbox o, groups g join therapists t on t.id = g.leader_id
             where g.slug = 'g0' and o.kind in ('offer_made', 'seat_released')
               and (strpos(o.subject || o.text_body || o.html_body, g.title) > 0
                 or strpos(o.subject || o.text_body || o.html_body, split_part(t.name, ' ', 1)) > 0)",
        ),
    ] {
        assert_eq!(house.count(sql).await, 0, "{wrong}");
    }
    for (kind, least) in [
        ("select count(*) from outbox where kind = 'offer_made'", 5),
        ("select count(*) from outbox where kind = 'seat_released'", 5),
        // Rare here, where somebody waits nearly always; the races are for it.
        (plain::AT_ONCE, 1),
        (plain::OTHERWISE, 5),
    ] {
        assert!(house.count(kind).await >= least, "{kind}");
    }
    let seen = log.0.lock().unwrap().clone();
    println!("{seen:?}");
    for what in [
        "joined",
        "left",
        "left with an offer",
        "declined",
        "confirmed an offer",
        "released",
        "walk-up refused",
        "held",
        "plain walk-up refused",
        "held plainly",
    ] {
        assert!(seen.get(what).is_some_and(|times| *times >= 3), "{what}: {seen:?}");
    }
    assert!(house.count("select count(*) from offers where state = 'expired'").await >= 5);
    let busy = seen.get("busy").copied().unwrap_or_default();
    assert!(busy * 50 <= seen.values().sum::<u32>(), "{seen:?}");
}

/// The judge would notice: a walk-up, somebody behind in line, and nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_somebody_got_past_the_line_would_be_noticed() {
    let house = House::new().await;
    house.fill("g0", SEATS - 2).await;
    house.judged().await;
    for name in ["walker", "wren", "ida"] {
        house.member(name).await;
    }
    house.wait("wren", "g0").await;
    house.wait("ida", "g0").await;
    let overtaken = "select count(*) from overtaken";
    let take = async |name: &'static str| {
        sqlx::query(
            "update seats set state = 'held', member_id = $2, hold_id = gen_random_uuid(), held_at = now(),
               held_until = now() + interval '1 minute'
             where group_id = $1 and seat_no = (select max(seat_no) from seats where group_id = $1 and state = 'free')",
        )
        .bind(house.group("g0").await)
        .bind(house.account(name).await)
        .execute(&house.owner)
        .await
        .unwrap();
    };
    take("wren").await;
    assert_eq!(house.count(overtaken).await, 0, "she was the first");
    house.change("update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null where state = 'held'").await;
    take("walker").await;
    assert_eq!(house.count(overtaken).await, 1);
    take("ida").await;
    assert_eq!(house.count(overtaken).await, 2);
}
