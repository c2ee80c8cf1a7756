//! One meeting that is called off or put to another time with a command: once, told once, and not where it cannot be.

use super::{CHANGED, look, seated, subjects};
use crate::seats::House;
use chrono::{DateTime, Days, Duration, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::America::New_York;
use common_ground::{
    commands::{Failed, group},
    jobs::meetings,
    server::state::sha256,
};

/// The coming meetings of a circle that take place, as walls in New York show them.
async fn coming(house: &House, slug: &str) -> Vec<NaiveDateTime> {
    let starts: Vec<DateTime<Utc>> = sqlx::query_scalar(
        "select starts_at from meetings m join groups g on g.id = m.group_id
         where slug = $1 and m.status = 'scheduled' and starts_at > now() order by starts_at",
    )
    .bind(slug)
    .fetch_all(&house.owner)
    .await
    .unwrap();
    starts.into_iter().map(|start| start.with_timezone(&New_York).naive_local()).collect()
}

/// What must not change when a command is refused.
async fn state(house: &House) -> Vec<u8> {
    let rows: Vec<String> =
        sqlx::query_scalar("select m::text from meetings m union all select a::text from audit_events a order by 1")
            .fetch_all(&house.owner)
            .await
            .unwrap();
    sha256(rows.join("\n").as_bytes()).to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_meeting_is_called_off_or_moved_and_told_once() {
    let house = House::new().await;
    let app = &house.test.app;
    let mut robin = seated(&house, "robin", "g0").await;
    let dates = coming(&house, "g0").await;
    let morning = NaiveTime::from_hms_opt(6, 30, 0).unwrap();
    // The next one by a day, one into the week before, and one not at all.
    let (next, early, off) = (dates[0], dates[3], dates[2]);
    let (next_to, early_to) =
        ((next.date() + Days::new(1)).and_time(morning), (early.date() - Days::new(1)).and_time(morning));

    group::shift(app, "g0", next.date(), next_to).await.unwrap();
    group::shift(app, "g0", early.date(), early_to).await.unwrap();
    group::cancel(app, "g0", off.date()).await.unwrap();
    let moved = |at: &NaiveDateTime| match *at {
        at if at == next => next_to,
        at if at == early => early_to,
        at => at,
    };
    let expected: Vec<_> = dates.iter().filter(|at| **at != off).map(moved).collect();
    assert_eq!(coming(&house, "g0").await, expected, "nothing else");
    // They are the meetings of their weeks still: no other one is made for these.
    assert_eq!(meetings::materialise(house.test.store(), app.now()).await.unwrap(), 0);
    assert_eq!(coming(&house, "g0").await, expected);
    assert_eq!(
        house.count("select count(*) from meetings where ends_at - starts_at <> interval '60 minutes'").await,
        0,
        "as long as they were"
    );
    assert_eq!(
        house.count("select count(*) from audit_events where action in ('meeting moved', 'meeting cancelled')").await,
        3
    );

    look(&house, app.now()).await;
    look(&house, app.now()).await;
    assert_eq!(subjects(&house, "robin"), [CHANGED], "all in one mail, once");
    let mail = house.test.mails("robin@example.org").pop().unwrap();
    assert!(mail.text.contains("Meets at: ") && mail.text.contains("6:30 AM Eastern"), "{}", mail.text);
    assert!(mail.text.contains("Does not meet: "), "{}", mail.text);
    // It is the circle that she knows, and one date does not make another rhythm.
    assert!(mail.text.contains("a circle on Mondays"), "{}", mail.text);
    for path in ["/groups/g0", "/seats"] {
        let page = robin.get(path).await;
        assert!(page.body.contains("Mondays, 10:00"), "{path}: {}", page.body);
        assert!(!page.body.contains("Tuesdays, 6:30"), "{path}: {}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_stays_where_it_cannot_be_changed() {
    let house = House::new().await;
    let app = &house.test.app;
    let (mine, other) = (coming(&house, "g0").await, coming(&house, "g1").await);
    let (day, free) = (mine[1].date(), mine[1] + Duration::minutes(5));
    house.change("update groups set closes_on = current_date + 60 where slug = 'g0'").await;
    let before = state(&house).await;
    let said = |result: Result<std::process::ExitCode, Failed>| result.expect_err("refused").to_string();

    assert!(said(group::cancel(app, "g0", day + Days::new(1)).await).contains("no meeting"));
    assert!(said(group::cancel(app, "nowhere", day).await).contains("no such group"));
    assert!(said(group::shift(app, "g0", day, mine[1]).await).contains("its time already"));
    assert!(said(group::shift(app, "g0", day, mine[1] - Days::new(60)).await).contains("past"));
    assert!(said(group::shift(app, "g0", day, mine[1] + Days::new(100)).await).contains("last day"));
    // Its neighbours are Mondays too, and stay before and after it.
    assert!(said(group::shift(app, "g0", day, mine[2] - Duration::hours(1)).await).contains("between"));
    assert!(said(group::shift(app, "g0", day, mine[0] + Duration::hours(8)).await).contains("between"));
    // Ruth leads both: a minute in common is too much, a minute between is not.
    let clash = said(group::shift(app, "g0", day, other[1] + Duration::minutes(59)).await);
    assert!(clash.contains("Circle g1"), "{clash}");
    assert!(state(&house).await == before, "nothing was written");
    group::shift(app, "g0", day, free).await.unwrap();
    group::shift(app, "g0", day, other[1] + Duration::minutes(60)).await.unwrap();
}
