//! How groups begin, change size and end: forming groups on their day, capacity, closing.

use super::{
    House, SEATS, assert_held, hold, hold_from,
    line::{assert_joined, join, mine},
    practice, refusal,
};
use crate::support::TestApp;
use chrono::{Days, NaiveDate};
use chrono_tz::America::New_York;
use common_ground::{
    commands,
    domain::ids::GroupId,
    error::AppError,
    jobs,
    server::closing,
    store::{Actor, capacity, locks},
};

impl House {
    fn today(&self) -> NaiveDate {
        self.test.app.now().with_timezone(&New_York).date_naive()
    }

    /// Makes g0 a group that is decided today and begins in three days, with its meetings from then on.
    async fn forming(&self) {
        self.change(
            "update groups set status = 'forming', starts_on = (now() at time zone zone)::date + 3,
               cycle_began_on = (now() at time zone zone)::date + 3, decide_on = (now() at time zone zone)::date, minimum = 4
             where slug = 'g0'",
        )
        .await;
        self.change(
            "delete from meetings m using groups g where g.id = m.group_id and slug = 'g0'
               and (m.starts_at at time zone zone)::date < g.starts_on",
        )
        .await;
    }

    async fn status(&self, slug: &str) -> (String, Option<NaiveDate>, Option<NaiveDate>) {
        sqlx::query_as("select status, starts_on, decide_on from groups where slug = $1")
            .bind(slug)
            .fetch_one(&self.owner)
            .await
            .unwrap()
    }

    /// The same house some days later by the calendar's clock.
    pub fn later(&mut self, days: i64) {
        let (url, owner_url) = (self.test.app.settings.database_url.clone().unwrap(), self.test.owner_url.clone());
        self.test = TestApp::over(url, owner_url, |settings| settings.clock_offset_seconds = days * 86_400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn enough_reservations_open_a_forming_group_and_one_too_few_do_not() {
    let house = House::new().await;
    house.forming().await;
    house.member("robin").await;
    house.seat("robin", "g0").await;
    house.fill("g0", 3).await;
    house.test.work().await;
    let before = house.status("g0").await;
    assert_eq!(before.0, "open");
    assert_eq!(house.mailed("robin", "group_opened").await.len(), 1);
    // Once open it never forms again.
    house.free_one("g0").await;
    house.test.work().await;
    assert_eq!(house.status("g0").await, before);
    assert_eq!(house.mailed("robin", "group_opened").await.len(), 1);
    assert_eq!(house.count("select count(*) from outbox where kind in ('group_moved', 'group_closed')").await, 0);
}

/// What goes wrong in one group is said, but leaves no other one undecided.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_cannot_be_decided_stops_no_other() {
    let house = House::new().await;
    for slug in ["g0", "g1"] {
        house.fill(slug, 4).await;
    }
    house
        .change(
            "update groups set status = 'forming', starts_on = (now() at time zone zone)::date,
               decide_on = (now() at time zone zone)::date, minimum = 4 where slug in ('g0', 'g1')",
        )
        .await;
    // The first of the two that is looked at.
    for sql in [
        "create function refuse_first() returns trigger language plpgsql as $$
         begin
           if new.id = (select id from groups where slug in ('g0', 'g1') order by id limit 1) then raise exception 'broken'; end if;
           return new;
         end $$",
        "create trigger refuse_first before update on groups for each row execute function refuse_first()",
    ] {
        house.change(sql).await;
    }
    let run = async || jobs::groups::run(jobs::Worker::new(house.test.app.clone()).unwrap()).await;
    let failed = run().await.expect_err("one of them");
    assert!(failed.to_string().contains("broken"), "{failed}");
    let open = "select count(*) from groups where slug in ('g0', 'g1') and status = 'open'";
    assert_eq!(house.count(open).await, 1);
    house.change("drop trigger refuse_first on groups").await;
    run().await.unwrap();
    assert_eq!(house.count(open).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_move_both_dates_once_and_then_it_closes() {
    let mut house = House::new().await;
    house.forming().await;
    let robin = house.member("robin").await;
    house.member("wren").await;
    house.seat("robin", "g0").await;
    house.fill("g0", 2).await;
    house.wait("wren", "g0").await;
    let (_, starts_on, decide_on) = house.status("g0").await;
    for _ in 0..2 {
        house.test.work().await;
    }
    let moved = |day: Option<NaiveDate>| day.map(|day| day + Days::new(14));
    assert_eq!(house.status("g0").await, ("forming".to_owned(), moved(starts_on), moved(decide_on)));
    let told = house.mailed("robin", "group_moved").await;
    assert!(told.len() == 1 && told[0].contains("two weeks later"), "{told:?}");
    let early = "select count(*) from meetings m join groups g on g.id = m.group_id
        where slug = 'g0' and m.status = 'scheduled' and (m.starts_at at time zone zone)::date < g.starts_on";
    assert_eq!(house.count(early).await, 0);
    let firsts = "select count(*) from reservations r join meetings m on m.id = r.first_meeting_id join groups g on g.id = r.group_id
        where (m.starts_at at time zone g.zone)::date >= g.starts_on and m.status = 'scheduled'";
    assert_eq!(house.count(firsts).await, 3);

    house.later(14);
    for _ in 0..2 {
        house.test.work().await;
    }
    assert_eq!(house.status("g0").await.0, "closed");
    assert_eq!(house.count("select count(*) from reservations where end_reason = 'group closed'").await, 3);
    assert_eq!(
        house
            .count(
                "select count(*) from seats s join groups g on g.id = group_id where slug = 'g0' and state <> 'free'"
            )
            .await,
        0
    );
    assert_eq!(
        (house.mailed("robin", "group_closed").await.len(), house.mailed("robin", "group_moved").await.len()),
        (1, 1)
    );
    let mut later = house.test.browser();
    later.cookies = robin.cookies;
    let shown = mine(&mut later).await;
    assert_eq!(
        (&shown["ended"][0]["title"], &shown["seats"]),
        (&"Circle g0".into(), &serde_json::json!([])),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_group_ends_its_line_at_once_and_its_seats_with_the_last_meeting() {
    let mut house = House::new().await;
    house.fill("g0", SEATS - 3).await;
    let mut robin = house.member("robin").await;
    for name in ["holder", "wren", "ida"] {
        house.member(name).await;
    }
    house.seat("robin", "g0").await;
    let mut holder = house.member("other holder").await;
    assert_held(&hold(&mut holder, "g0").await, "g0");
    house.offer("wren", "g0").await;
    house.wait("ida", "g0").await;
    let group = GroupId(house.group("g0").await);
    let last_day: NaiveDate = sqlx::query_scalar(
        "select (starts_at at time zone 'America/New_York')::date from meetings where group_id = $1 and starts_at > now() order by starts_at offset 1 limit 1",
    )
    .bind(group.0)
    .fetch_one(&house.owner)
    .await
    .unwrap();
    assert!(closing::close(&house.test.app, Actor::Operator, group, last_day).await.unwrap());
    assert!(!closing::close(&house.test.app, Actor::Operator, group, last_day).await.unwrap(), "once");
    assert_eq!(house.line("g0").await.len(), 0);
    assert_eq!(house.count("select count(*) from seats where state in ('held', 'offered')").await, 0);
    assert_eq!(house.count("select count(*) from offers where state = 'ended'").await, 1);
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("reserved"));
    let coming = "select count(*) from meetings m join groups g on g.id = group_id where slug = 'g0' and starts_at > now() and m.status = 'scheduled'";
    assert_eq!(house.count(coming).await, 2);
    for name in ["robin", "wren", "ida", "other holder"] {
        assert_eq!(house.mailed(name, "group_closed").await.len(), 1, "{name}");
    }
    assert_eq!(house.mailed("holder", "group_closed").await.len(), 0);
    let mut late = house.member("late").await;
    assert!(matches!(refusal(&hold_from(&mut late, "g0", "NY").await), AppError::GroupNotOpen));
    assert_eq!(refusal(&join(&mut late, "g0").await), AppError::GroupNotOpen);
    let page = late.get("/groups/g0").await;
    assert!(page.status == 200 && page.body.contains("noindex"), "{}", page.status);
    let shown = mine(&mut robin).await;
    assert_eq!(shown["seats"][0]["meetings"].as_array().unwrap().len(), 2);
    assert_eq!(shown["ended"][0]["title"], "Circle g0", "{shown}");
    let fitting: Vec<_> =
        shown["ended"][0]["fitting"].as_array().unwrap().iter().map(|row| row["slug"].to_string()).collect();
    assert!(
        fitting.len() == 3 && !fitting.iter().any(|slug| slug.contains("g0") || slug.contains("skills")),
        "{fitting:?}"
    );

    house.test.work().await;
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("reserved"), "the last meeting is still to come");
    house.later((last_day - house.today()).num_days() + 1);
    house.test.work().await;
    assert_eq!(house.seat_of("robin", "g0").await, None);
    assert_eq!(house.count("select count(*) from reservations where ended_at is null").await, 0);
    assert_eq!(house.mailed("robin", "group_closed").await.len(), 1, "everybody is told once");
    assert_eq!(house.mailed("robin", "seat_released").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_seats_go_to_the_line_first_and_taken_ones_stay() {
    let house = House::new().await;
    house.fill("g0", SEATS).await;
    let (mut wren, mut walker) = (house.member("wren").await, house.member("walker").await);
    assert_joined(&join(&mut wren, "g0").await);
    let file = |seats: usize| practice::file().replacen(&format!("seats = {SEATS}"), &format!("seats = {seats}"), 1);
    commands::practice::load(&house.test.app, &file(SEATS + 2), house.today()).await.expect("two more seats");
    assert_eq!(refusal(&hold(&mut walker, "g0").await), AppError::SomebodyWaits);
    house.test.work().await;
    assert!(house.offer_of("wren", "g0").await.is_some());
    assert_held(&hold(&mut walker, "g0").await, "g0");

    // Ten are taken: eight reserved, one offered, one held. Nobody loses hers.
    let refused =
        commands::practice::load(&house.test.app, &file(SEATS), house.today()).await.expect_err("two too many");
    assert!(refused.to_string().contains("has 10 seats taken, 2 more than 8"), "{refused}");
    let group = GroupId(house.group("g0").await);
    let now = house.test.app.now();
    let set = |seats: i16| {
        house.test.store().write(Actor::Operator, move |mut tx| async move {
            let lock = locks::exclusive(&mut tx, group).await?;
            let set = capacity::set(&mut tx, &lock, group, seats, now).await?;
            Ok::<_, common_ground::store::Failure>((tx, set))
        })
    };
    assert_eq!(set(9).await.unwrap(), Err(1));
    assert_eq!(house.seats("g0").await.len(), SEATS + 2);
    house.lapse("walker", "g0").await;
    assert_eq!(set(9).await.unwrap(), Ok(()));
    assert_eq!(house.seats("g0").await.len(), 9);
    assert_eq!(house.count("select count(*) from audit_events where action = 'capacity changed'").await, 2);
    let numbers: Vec<_> = house.seats("g0").await.into_iter().map(|(number, ..)| number).collect();
    assert_eq!(numbers, (1..=9).collect::<Vec<_>>());
}
