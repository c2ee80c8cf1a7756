//! What is new: a group that opened, moved, or was full and is not any more, by reservations.

use super::{Post, monday};
use crate::seats::{SEATS, assert_held, hold, practice, race::release};
use chrono::TimeDelta;
use common_ground::{
    commands,
    domain::ids::GroupId,
    jobs::{self, Worker},
    server::closing,
    store::Actor,
};

const WREN: &str = "wren@example.org";

impl Post {
    /// The news of a group, oldest first.
    async fn news(&self, slug: &str) -> Vec<String> {
        sqlx::query_scalar(
            "select what from group_news n join groups g on g.id = n.group_id where slug = $1 order by n.id",
        )
        .bind(slug)
        .fetch_all(&self.house.owner)
        .await
        .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_frees_a_full_group_is_new_once() {
    let post = Post::new().await;
    post.subscribe(WREN).await;
    let robin = post.house.member("robin").await;
    post.house.fill("g0", SEATS - 1).await;
    post.house.seat("robin", "g0").await;
    // A group with two seats free, of which one is given back: that is no news.
    let ida = post.house.member("ida").await;
    post.house.fill("g1", SEATS - 3).await;
    post.house.seat("ida", "g1").await;
    post.run(monday(0)).await;
    let first = post.told(WREN).await;
    assert!(first.len() == 12 && !first.contains(&"g0".to_owned()), "{first:?}");

    let wednesday = post.open_at(monday(0) + TimeDelta::days(2));
    for (browser, slug) in [(&robin, "g0"), (&ida, "g1")] {
        let mut there = Post::browser_of(&wednesday, browser);
        assert_eq!(release(&mut there, slug).await.status, 200);
    }
    assert_eq!(post.news("g0").await, ["opened", "freed"]);
    assert_eq!(post.news("g1").await, ["opened"]);
    assert_eq!(post.run(monday(1)).await.progress.mails, 1);
    assert_eq!(post.told(WREN).await, ["g0"]);
    let (text, _) = post.mails(WREN).await.pop().unwrap();
    assert!(text.contains("One circle that fits what you asked for is new"), "{text}");
    assert!(text.contains("Free seats again."), "{text}");
    let next = post.run(monday(2)).await.progress;
    assert_eq!((next.mails, next.skipped), (0, 1), "not the week after");
    assert_eq!(post.mails(WREN).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_lapses_is_no_news() {
    let post = Post::new().await;
    post.subscribe(WREN).await;
    let mut robin = post.house.member("robin").await;
    post.house.fill("g0", SEATS - 1).await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    post.run(monday(0)).await;
    assert!(!post.told(WREN).await.contains(&"g0".to_owned()), "nobody could hold it");
    assert_eq!(post.house.change("update seats set held_until = now() where state = 'held'").await, 1);
    let before = post.news("g0").await;
    post.house.test.work().await;
    assert_eq!(post.news("g0").await, before);
    let next = post.run(monday(1)).await.progress;
    assert_eq!((next.mails, next.skipped), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_freed_and_is_taken_again_is_not_told() {
    let post = Post::new().await;
    post.subscribe(WREN).await;
    let robin = post.house.member("robin").await;
    post.house.fill("g0", SEATS - 1).await;
    post.house.seat("robin", "g0").await;
    post.run(monday(0)).await;
    let wednesday = post.open_at(monday(0) + TimeDelta::days(2));
    release(&mut Post::browser_of(&wednesday, &robin), "g0").await;
    post.house.fill("g0", 1).await;
    assert_eq!(post.run(monday(1)).await.progress.skipped, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn her_own_groups_are_never_told() {
    let post = Post::new().await;
    post.subscribe(WREN).await;
    post.house.member("wren").await;
    post.house.seat("wren", "g0").await;
    post.house.fill("g1", SEATS).await;
    post.house.wait("wren", "g1").await;
    // One comes free that she cannot be offered where she lives, so that others may have it.
    post.house
        .change("delete from seats s using groups g where g.id = s.group_id and slug = 'g1' and seat_no = 8")
        .await;
    post.house.change("insert into seats (group_id, seat_no) select id, 8 from groups where slug = 'g1'").await;
    post.house.lives("wren", "OH").await;
    post.house.change("update subscribers set place = 'NY'").await;
    // Another reader of the same wishes hears of the first.
    post.subscribe("ida@example.org").await;
    post.house.change("update subscribers set days = '{1,2}'").await;
    post.run(monday(0)).await;
    assert_eq!(post.told("ida@example.org").await, ["g0", "g1", "g6", "g7", "twin"]);
    assert_eq!(post.told(WREN).await, ["g6", "g7", "twin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn practice_files_forming_groups_and_new_seats_make_news() {
    let post = Post::new().await;
    post.subscribe(WREN).await;
    post.house.change("update subscribers set kinds = '{therapy}'").await;
    post.house.fill("g0", SEATS).await;
    post.run(monday(0)).await;
    let thursday = post.open_at(monday(0) + TimeDelta::days(3));
    let today = thursday.app.now().date_naive();
    let load = async |text: String| {
        commands::practice::load(&thursday.app, &text, today).await.expect("the practice");
    };
    // g0 gets a ninth seat, and g2 meets an hour later. Whoever loads the same file again changes nothing.
    let file = practice::file();
    let (head, rest) = file.split_once("slug = \"g2\"").unwrap();
    let changed = format!(
        "{}slug = \"g2\"{}",
        head.replacen(&format!("seats = {SEATS}"), &format!("seats = {}", SEATS + 1), 1),
        rest.replacen("time = \"10:00\"", "time = \"11:00\"", 1)
    );
    for _ in 0..2 {
        load(changed.clone()).await;
    }
    assert_eq!(post.news("g0").await, ["opened", "freed"]);
    assert_eq!(post.news("g2").await, ["opened", "moved"]);
    post.house.change("update groups set cycle_began_on = '2099-01-01'").await;
    assert_eq!(post.run(monday(1)).await.progress.mails, 1);
    assert_eq!(post.told(WREN).await, ["g0", "g2"]);

    // A forming group that is decided opens; one that is closed is no news at all.
    post.house
        .change(
            "update groups set status = 'forming', decide_on = (now() at time zone zone)::date, minimum = 1, starts_on = starts_on
             where slug = 'g4'",
        )
        .await;
    post.house.fill("g4", 2).await;
    let friday = post.at(monday(1) + TimeDelta::days(4));
    closing::decide(&friday, GroupId(post.house.group("g4").await)).await.unwrap();
    assert_eq!(post.news("g4").await, ["opened", "opened"]);
    post.house.member("robin").await;
    post.house.fill("g5", SEATS - 1).await;
    post.house.seat("robin", "g5").await;
    let g5 = GroupId(post.house.group("g5").await);
    closing::close(&friday, Actor::Operator, g5, friday.now().date_naive()).await.unwrap();
    closing::finish(&post.at(monday(3)), g5).await.unwrap();
    assert_eq!(post.news("g5").await, ["opened"]);
    post.run(monday(2)).await;
    assert_eq!(post.told(WREN).await, ["g4"]);
}

/// A seat that goes to the line first is news when nobody in it takes it: then it is on sale.
#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_the_line_does_not_take_is_new_when_it_comes_on_sale() {
    let post = Post::new().await;
    post.subscribe(WREN).await;
    let robin = post.house.member("robin").await;
    post.house.fill("g0", SEATS - 1).await;
    post.house.seat("robin", "g0").await;
    for name in ["ida", "ada"] {
        post.house.member(name).await;
        post.house.wait(name, "g0").await;
    }
    post.run(monday(0)).await;
    let wednesday = post.open_at(monday(0) + TimeDelta::days(2));
    release(&mut Post::browser_of(&wednesday, &robin), "g0").await;
    assert!(post.house.offer_of("ida", "g0").await.is_some());
    assert_eq!(post.run(monday(1)).await.progress.skipped, 1, "it is held for somebody");
    let pass_on = async |days: i64| {
        post.house.end_offers().await;
        let worker = Worker::new(post.at(monday(1) + TimeDelta::days(days))).unwrap();
        jobs::line::run(worker).await.unwrap();
    };
    pass_on(1).await;
    assert!(post.house.offer_of("ada", "g0").await.is_some());
    assert_eq!(post.news("g0").await, ["opened", "freed"], "the next in line has it");
    pass_on(2).await;
    assert_eq!(post.news("g0").await, ["opened", "freed", "freed"]);
    assert_eq!(post.run(monday(2)).await.progress.mails, 1);
    assert_eq!(post.told(WREN).await, ["g0"]);
    // Once.
    pass_on(8).await;
    assert_eq!(post.news("g0").await.len(), 3);
}

/// Without a state of her own she hears of what her account may join; without any, of what everybody may join rather than of
/// the others, with the states that those are for.
#[tokio::test(flavor = "multi_thread")]
async fn where_she_is_not_known_the_mail_says_for_whom_a_group_is() {
    let post = Post::new().await;
    post.subscribe(WREN).await;
    post.subscribe("ida@example.org").await;
    post.house.member("ida").await;
    post.house.lives("ida", "OH").await;
    post.run(monday(0)).await;
    assert_eq!(post.told("ida@example.org").await, ["skills"]);
    let (text, _) = post.mails("ida@example.org").await.pop().unwrap();
    assert!(!text.contains("It is for people in"), "we know where she is: {text}");
    let (text, _) = post.mails(WREN).await.pop().unwrap();
    let lines: Vec<_> =
        text.split("/groups/").take(12).map(|line| line.contains("It is for people in New York.")).collect();
    // Of thirteen the one that is open to all is among the twelve, wherever its time puts it.
    assert_eq!((lines.len(), lines.iter().filter(|is_for_some| !**is_for_some).count()), (12, 1), "{text}");
    assert!(text.contains("a few states only"), "{text}");
}
