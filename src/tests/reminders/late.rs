//! Mails that lie in the outbox while a seat is given back, a date goes by or a choice is made: what nobody wants any more
//! does not leave.

use super::{CHANGED, DAY, ENDING, HOUR, look, meet, seated, subjects, when};
use crate::seats::House;
use chrono::Duration;
use common_ground::jobs::{self, Worker};

const ENDED: &str = "select count(*) from outbox where last_error = 'ended' and failed_at is not null";

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gives_her_seat_back_is_not_told_of_its_dates() {
    let house = House::new().await;
    let mut robin = seated(&house, "robin", "g0").await;
    seated(&house, "wren", "g0").await;
    let worker = Worker::new(house.test.app.clone()).unwrap();
    house.change("update meetings set starts_at = starts_at + interval '1 day', ends_at = ends_at + interval '1 day' where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at offset 2 limit 1)").await;
    // The relay is away: it is written and does not leave.
    jobs::changes::run(worker.clone()).await.unwrap();
    assert_eq!(house.count("select count(*) from outbox where kind = 'meeting_changed' and sent_at is null").await, 2);
    let key = common_ground::server::state::new_key().to_string();
    robin.post("/api/seats/release", &[("slug", "g0"), ("key", &key)]).await;
    jobs::outbox::run(worker).await.unwrap();
    assert_eq!(subjects(&house, "robin"), ["Your seat is released"], "no dates after that");
    assert_eq!(subjects(&house, "wren"), [CHANGED], "who stays is told");
    assert_eq!(house.count(ENDED).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_dates_are_told_until_the_last_of_them_begins() {
    let house = House::new().await;
    seated(&house, "robin", "g0").await;
    let worker = Worker::new(house.test.app.clone()).unwrap();
    let lasts = "select round(extract(epoch from expires_at - now()) / 60)::bigint from outbox where kind = 'meeting_changed' order by created_at desc limit 1";
    let moved = "update meetings set starts_at = now() + interval '3 hours', ends_at = now() + interval '4 hours' where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at limit 1)";
    house.change(moved).await;
    jobs::changes::run(worker.clone()).await.unwrap();
    assert_eq!(house.count(lasts).await, 180);
    // The relay comes back when it has begun.
    house.change("update outbox set expires_at = now() - interval '1 second'").await;
    jobs::outbox::run(worker.clone()).await.unwrap();
    assert_eq!(subjects(&house, "robin"), [""; 0]);
    assert_eq!(house.count("select count(*) from outbox where last_error = 'out of date'").await, 1);
    // Of two, the later one is still worth telling.
    house.change(moved).await;
    house.change("update meetings set starts_at = now() + interval '50 hours', ends_at = now() + interval '51 hours' where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at offset 1 limit 1)").await;
    jobs::changes::run(worker.clone()).await.unwrap();
    assert_eq!(house.count(lasts).await, 50 * 60);
    jobs::outbox::run(worker).await.unwrap();
    assert_eq!(subjects(&house, "robin"), [CHANGED]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_counts_for_what_has_not_left() {
    const ALL: [(&str, &str); 4] =
        [("day_before", "true"), ("hour_before", "true"), ("meeting_changes", "true"), ("offer_ending", "true")];
    let house = House::new().await;
    let start = house.test.app.now() + Duration::days(3);
    let mut robin = seated(&house, "robin", "g0").await;
    seated(&house, "wren", "g0").await;
    meet(&house, "g0", start).await;
    house.offer("robin", "g1").await;
    house
        .change("update offers set offered_at = now() - interval '11 hours', ends_at = now() + interval '1 hour'")
        .await;
    house.change("update seats s set held_until = o.ends_at from offers o where o.id = s.offer_id").await;
    let at = |before| Worker::new(when(&house.test.app, start - before)).unwrap();
    let write = async |before| jobs::reminders::run(at(before)).await.unwrap();
    let send = async |before| jobs::outbox::run(at(before)).await.unwrap();

    write(Duration::hours(20)).await;
    house.change("update meetings set starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour' where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at offset 2 limit 1)").await;
    jobs::changes::run(at(Duration::hours(20))).await.unwrap();
    assert_eq!(house.count("select count(distinct kind) from outbox where sent_at is null").await, 3);
    // The day's reminder alone is left out.
    robin.post("/api/account/mails", &ALL[1..]).await;
    send(Duration::hours(20)).await;
    let mut told = subjects(&house, "robin");
    told.sort();
    assert_eq!(told, [CHANGED, ENDING]);
    assert!(subjects(&house, "wren").contains(&DAY.to_owned()), "hers are hers");
    assert_eq!(house.count(ENDED).await, 1);
    // She changes her mind in time: it is written again, once.
    robin.post("/api/account/mails", &ALL).await;
    look(&house, start - Duration::hours(19)).await;
    look(&house, start - Duration::hours(19)).await;
    assert_eq!(subjects(&house, "robin").iter().filter(|subject| *subject == DAY).count(), 1);

    // None at all, while the next of each kind lies there.
    write(Duration::minutes(50)).await;
    house.change("update meetings set starts_at = starts_at + interval '1 hour', ends_at = ends_at + interval '1 hour' where id = (select m.id from meetings m join groups g on g.id = m.group_id where slug = 'g0' and starts_at > now() order by starts_at offset 3 limit 1)").await;
    jobs::changes::run(at(Duration::minutes(50))).await.unwrap();
    let before = subjects(&house, "robin");
    robin.post("/api/account/mails", &[]).await;
    send(Duration::minutes(50)).await;
    assert_eq!(subjects(&house, "robin"), before);
    assert!(subjects(&house, "wren").contains(&HOUR.to_owned()));
    assert_eq!(house.count(ENDED).await, 3);
}
