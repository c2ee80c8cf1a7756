//! Each window once: two workers, clocks that change, a server that was away, people who pause.

use super::{Post, monday, nine};
use crate::processes::relay::Relay;
use chrono::{DateTime, Datelike as _, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use common_ground::{
    domain::series::{WEEK, instant_of},
    jobs::{self, Worker},
    server::{
        digests::{self, Mode},
        settings::MailTarget,
        state::App,
    },
    store::Actor,
};
use sqlx::Row as _;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const ZONES: [&str; 12] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "Europe/London",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A thousand people in twelve zones. Most hear on Mondays at nine, others at the hours in which the clocks change, or at any.
async fn thousand(post: &Post, confirmed_at: DateTime<Utc>) {
    let added = sqlx::query(
        "insert into subscribers (id, email, status, zone, weekday, hour, consent_version, consent_text, confirmed_at)
         select gen_random_uuid(), 'n' || n || '@example.org', 'confirmed', ($1::text[])[1 + n % 12],
           case when n % 3 = 0 then 1 when n % 3 = 1 then 7 else 1 + n % 7 end,
           case when n % 3 = 0 then 9 when n % 3 = 1 then n / 12 % 4 else n / 12 % 3 * 7 end, '1', 'Yes', $2
         from generate_series(1, 1000) n",
    )
    .bind(ZONES.map(ToOwned::to_owned).to_vec())
    .bind(confirmed_at)
    .execute(&post.house.owner)
    .await
    .unwrap();
    assert_eq!(added.rows_affected(), 1000);
}

/// Zone, weekday, hour and windows of somebody.
type Hers = (Tz, i16, i16, Vec<(DateTime<Utc>, DateTime<Utc>)>);

/// The ends of the windows of somebody, worked out day by day.
fn expected(zone: Tz, weekday: Weekday, hour: u32, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let mut day = from.date_naive() - chrono::Days::new(2);
    let mut ends = Vec::new();
    while day < to.date_naive() + chrono::Days::new(2) {
        if day.weekday() == weekday {
            let end = instant_of(day.and_hms_opt(hour, 0, 0).unwrap(), &zone);
            if from < end && end <= to {
                ends.push(end);
            }
        }
        day = day + chrono::Days::new(1);
    }
    ends
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_people_get_each_window_once_over_both_clock_changes() {
    let post = Post::new().await;
    for (from, to) in
        [("2027-03-05T12:31:00Z", "2027-03-24T12:31:00Z"), ("2027-10-29T12:31:00Z", "2027-11-17T12:31:00Z")]
    {
        let (from, to) = (at(from), at(to));
        post.house.change("delete from digests").await;
        post.house.change("delete from digest_cells").await;
        post.house.change("delete from outbox").await;
        post.house.change("delete from subscribers").await;
        thousand(&post, from).await;
        // Something opens on each day, so that every window has a mail; it leaves before the next look.
        let relay = Relay::open().await;
        let mut settings = (*post.house.test.app.settings).clone();
        settings.mail = MailTarget::Smtp(relay.url.clone());
        let app = App { settings: Arc::new(settings), ..post.house.test.app.clone() };
        let sender = Worker::new(app).unwrap();
        sqlx::query(
            "insert into group_news (group_id, at, what) select g.id, day, 'opened'
             from groups g, generate_series($1::timestamptz, $2, '1 day') as day where slug = 'g3'",
        )
        .bind(from + TimeDelta::hours(1))
        .bind(to)
        .execute(&post.house.owner)
        .await
        .unwrap();
        jobs::meetings::materialise(post.house.test.store(), from).await.unwrap();
        let mut moment = from;
        while moment <= to {
            let (one, two) = (post.at(moment), post.at(moment));
            let mode = Mode::Write(Actor::Worker);
            let (one, two) = tokio::join!(digests::run(&one, &mode, &|_| ()), digests::run(&two, &mode, &|_| ()));
            one.unwrap();
            two.unwrap();
            jobs::outbox_list::run(sender.clone()).await.unwrap();
            moment += TimeDelta::hours(4);
        }
        let last = moment - TimeDelta::hours(4);
        let rows = sqlx::query(
            "select s.email, s.zone, s.weekday, s.hour, d.starts_at, d.ends_at from subscribers s join digests d on d.subscriber_id = s.id
             order by s.email, d.ends_at",
        )
        .fetch_all(&post.house.owner)
        .await
        .unwrap();
        let mut found = BTreeMap::<String, Hers>::new();
        for row in rows {
            let zone: String = row.get(1);
            let hers =
                found.entry(row.get(0)).or_insert_with(|| (zone.parse().unwrap(), row.get(2), row.get(3), vec![]));
            hers.3.push((row.get(4), row.get(5)));
        }
        assert_eq!(found.len(), 1000);
        for (email, (zone, weekday, hour, windows)) in found {
            let weekday = WEEK[usize::try_from(weekday - 1).unwrap()];
            let ends: Vec<_> = windows.iter().map(|window| window.1).collect();
            assert_eq!(
                ends,
                expected(zone, weekday, u32::try_from(hour).unwrap(), from, last),
                "{email} {zone} {weekday} {hour}"
            );
            assert!(windows.windows(2).all(|two| two[0].1 == two[1].0) && windows[0].0 == from, "{email}");
        }
        let mailed = post.house.count("select count(*) from digests where status = 'sent'").await;
        assert!(mailed > 2000, "{mailed}");
        for (what, sql) in [
            ("windows", "select count(*) from digests"),
            ("mails", "select count(*) from outbox where kind = 'digest'"),
            ("mails that left", "select count(*) from outbox where sent_at is not null"),
        ] {
            assert_eq!(post.house.count(sql).await, mailed, "{what}");
        }
        // What the relay got: one for each window, and none twice.
        let kept = relay.kept();
        assert_eq!(i64::try_from(kept.len()).unwrap(), mailed);
        assert_eq!(kept.iter().collect::<BTreeSet<_>>().len(), kept.len());
        let runs = "select count(*) - (select sum(mails + skipped) from digest_runs r where exists (select from digests where run_id = r.id)) from digests";
        let uncounted: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select ({runs})::bigint")))
            .fetch_one(&post.house.owner)
            .await
            .unwrap();
        assert_eq!(uncounted, 0, "every window stands in the count of its run");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_weeks_without_a_server_are_one_window() {
    let post = Post::new().await;
    post.subscribe("wren@example.org").await;
    assert_eq!(post.run(monday(0)).await.progress.mails, 1);
    assert_eq!(post.run(monday(0) + TimeDelta::minutes(5)).await.run, None);
    let windows = post.windows("wren@example.org").await;
    let first = windows[0].0;
    assert_eq!((windows.len(), first), (1, nine(0)));
    // It opens in the week of which nobody was told.
    sqlx::query("insert into group_news (group_id, at, what) select id, $1, 'opened' from groups where slug = 'g3'")
        .bind(monday(0) + TimeDelta::days(2))
        .execute(&post.house.owner)
        .await
        .unwrap();
    let back = post.run(monday(2) + TimeDelta::hours(30)).await;
    assert_eq!((back.progress.mails, back.progress.expected), (1, 1));
    let windows = post.windows("wren@example.org").await;
    assert_eq!((windows.len(), windows[1].0), (2, nine(2)));
    assert_eq!(post.told("wren@example.org").await, ["g3"]);
    let starts: DateTime<Utc> =
        sqlx::query_scalar("select max(starts_at) from digests").fetch_one(&post.house.owner).await.unwrap();
    assert_eq!(starts, first);
    // Back a few hours before the next: that one covers both.
    assert_eq!(post.run(monday(4) - TimeDelta::hours(6)).await.progress.expected, 0);
    post.run(monday(4)).await;
    assert_eq!(post.windows("wren@example.org").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_subscribed_any_more_or_not_yet_gets_nothing() {
    let post = Post::new().await;
    for name in ["pending", "ended", "bounced", "paused", "late", "wren"] {
        post.subscribe(&format!("{name}@example.org")).await;
    }
    for change in [
        "update subscribers set status = 'pending', confirmed_at = null where email like 'pending%'",
        "update subscribers set status = 'unsubscribed', ended_at = now() where email like 'ended%'",
        "update subscribers set status = 'bounced', ended_at = now() where email like 'bounced%'",
    ] {
        assert_eq!(post.house.change(change).await, 1);
    }
    let set = |sql: &'static str, email: &'static str, moment: DateTime<Utc>| {
        let owner = post.house.owner.clone();
        async move { sqlx::query(sql).bind(email).bind(moment).execute(&owner).await.unwrap() }
    };
    let pause = "update subscribers set paused_until = ($2 at time zone zone)::date where email = $1";
    set(pause, "paused@example.org", monday(2)).await;
    set("update subscribers set confirmed_at = $2 where email = $1", "late@example.org", monday(0)).await;
    let ran = post.run(monday(0)).await;
    assert_eq!((ran.progress.expected, ran.progress.mails), (1, 1));
    post.run(monday(1)).await;
    assert_eq!(
        post.house.count("select count(distinct subscriber_id) from digests").await,
        2,
        "hers, and the late one's"
    );
    assert_eq!(post.windows("paused@example.org").await, []);
    // The day until which she pauses is one on which she hears again.
    post.run(monday(2)).await;
    let windows = post.windows("paused@example.org").await;
    assert_eq!((windows.len(), windows[0].1.as_str()), (1, "pending"));
    // A pause in the middle: what happened meanwhile is in the window that ends after it.
    set(pause, "paused@example.org", monday(4) - TimeDelta::days(1)).await;
    post.run(monday(3)).await;
    assert_eq!(post.windows("paused@example.org").await.len(), 1);
    sqlx::query("insert into group_news (group_id, at, what) select id, $1, 'freed' from groups where slug = 'g5'")
        .bind(monday(3) - TimeDelta::days(3))
        .execute(&post.house.owner)
        .await
        .unwrap();
    post.run(monday(4)).await;
    assert_eq!(post.told("paused@example.org").await, ["g5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_zone_or_hour_never_makes_two_mails_a_day() {
    let post = Post::new().await;
    post.subscribe("wren@example.org").await;
    post.run(monday(0)).await;
    assert_eq!(post.house.change("update subscribers set zone = 'America/Los_Angeles'").await, 1);
    assert_eq!(post.run(monday(0) + TimeDelta::hours(4)).await.progress.expected, 0);
    assert_eq!(post.house.change("update subscribers set weekday = 3, hour = 0").await, 1);
    assert_eq!(post.run(monday(0) + TimeDelta::hours(48)).await.progress.skipped, 1);
    let windows = post.windows("wren@example.org").await;
    assert_eq!(windows.len(), 2);
    // A row whose zone nobody knows stops nobody.
    post.subscribe("ida@example.org").await;
    post.subscribe("lost@example.org").await;
    post.house.change("update subscribers set zone = 'Mars/Olympus' where email like 'lost%'").await;
    assert_eq!(post.run(monday(1)).await.progress.mails, 1);
    assert_eq!(post.windows("lost@example.org").await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_writes_nothing() {
    let post = Post::new().await;
    post.subscribe("wren@example.org").await;
    let app = post.at(monday(0));
    for _ in 0..2 {
        let ran = digests::run(&app, &Mode::Dry, &|_| ()).await.unwrap();
        assert_eq!((ran.run, ran.progress.expected, ran.progress.mails), (None, 1, 1));
    }
    for table in ["digests", "digest_runs", "digest_cells", "outbox"] {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(&post.house.owner)
            .await
            .unwrap();
        assert_eq!(count, 0, "{table}");
    }
    assert_eq!(post.house.count("select count(*) from audit_events where action like 'digest%'").await, 0);
}

impl Post {
    /// Something opens on the Wednesday after a Monday.
    async fn opens(&self, slug: &str, week: i64) {
        sqlx::query("insert into group_news (group_id, at, what) select id, $2, 'opened' from groups where slug = $1")
            .bind(slug)
            .bind(monday(week) + TimeDelta::days(2))
            .execute(&self.house.owner)
            .await
            .unwrap();
    }

    /// Lets mails leave.
    pub(super) async fn leave(&self, which: &str) {
        let gone = format!(
            "select outbox_settle(array(select id from outbox where {which}), '{{}}', '{{}}', '{{}}', '{{}}', now())"
        );
        sqlx::query(sqlx::AssertSqlSafe(gone)).fetch_all(&self.house.owner).await.unwrap();
    }

    /// Gives up what is out of date.
    async fn expire(&self) {
        common_ground::store::outbox_list::expire(self.house.test.store(), Actor::Worker).await.unwrap();
    }
}

/// What a mail would have told that never left is in the next one; and none leaves beside the next one.
#[tokio::test(flavor = "multi_thread")]
async fn a_window_whose_mail_did_not_leave_is_told_with_the_next() {
    const WREN: &str = "wren@example.org";
    let post = Post::new().await;
    post.subscribe(WREN).await;
    post.run(monday(0)).await;
    post.house.change("update outbox set failed_at = now(), last_error = '554 5.7.1 no'").await;
    assert_eq!(post.windows(WREN).await[0].1, "failed");
    assert_eq!(post.run(monday(0) + TimeDelta::hours(2)).await.progress.expected, 0, "not twice on one day");
    post.run(monday(1)).await;
    assert!(post.told(WREN).await.len() > 5, "the first that leaves tells of all that fits");
    post.leave("failed_at is null").await;

    post.opens("g3", 1).await;
    post.run(monday(2)).await;
    assert_eq!(post.told(WREN).await, ["g3"]);
    // Nobody sends it for six days.
    let expires = "select extract(epoch from expires_at - created_at)::bigint from outbox where sent_at is null and failed_at is null";
    assert_eq!(post.house.count(expires).await, 6 * 86_400);
    post.house.change("update outbox set expires_at = now() where sent_at is null and failed_at is null").await;
    post.expire().await;
    assert_eq!(post.windows(WREN).await[2].1, "failed", "also while no worker sends anything");
    post.opens("g4", 2).await;
    post.run(monday(3)).await;
    assert_eq!(post.told(WREN).await, ["g3", "g4"]);

    // One that she did not want any more when it was to leave has not failed, and was not told either.
    post.house.change("update outbox set failed_at = now(), last_error = 'ended' where sent_at is null and failed_at is null and expires_at > now()").await;
    let run = common_ground::store::digests::find_runs(post.house.test.pool(), None, 1).await.unwrap().remove(0);
    assert_eq!((run.sent, run.waiting, run.failed, run.ended), (0, 0, 0, 1), "{run:?}");
    post.run(monday(4)).await;
    assert_eq!(post.told(WREN).await, ["g3", "g4"]);
}

/// A long transaction that began in a window and ends when that was told.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_late_is_told_in_the_window_in_which_it_is_seen() {
    const WREN: &str = "wren@example.org";
    let post = Post::new().await;
    post.subscribe(WREN).await;
    post.run(monday(0)).await;
    let mut open = post.house.owner.begin().await.unwrap();
    sqlx::query("insert into group_news (group_id, at, what) select id, $1, 'opened' from groups where slug = 'g3'")
        .bind(nine(1) - TimeDelta::seconds(1))
        .execute(&mut *open)
        .await
        .unwrap();
    assert_eq!(post.run(monday(1)).await.progress.skipped, 1);
    sqlx::query("select pg_sleep(2.2)").execute(&mut *open).await.unwrap();
    open.commit().await.unwrap();
    assert_eq!(post.run(monday(2)).await.progress.mails, 1);
    assert_eq!(post.told(WREN).await, ["g3"]);
}
