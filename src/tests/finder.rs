//! The finder over the demo practice: its counts hold what they promise.

mod kept;

use crate::support::TestApp;
use common_ground::{
    domain::{
        facets::Facets,
        finder::{FinderQuery, TimeOfDay},
        group::Kind,
        listing::{Listing, find},
        place::{Place, UsState},
        series::WEEK,
        topic::Topic,
    },
    store::groups::{Scope, listings},
};
use proptest::{
    prelude::*,
    sample::subsequence,
    test_runner::{Config, TestRunner},
};
use sqlx::Connection as _;

/// Wishes of every sort, none of them on another page than the first.
fn wishes() -> impl Strategy<Value = FinderQuery> {
    let places = prop_oneof![
        2 => Just(None),
        3 => prop::sample::select(vec!["NY", "NJ", "FL", "OH"]).prop_map(|code| UsState::parse(code).map(Place::In)),
        1 => Just(Some(Place::OutsideUs)),
    ];
    let words = prop::sample::select(vec!["", "", "", "group", "ruth", "anxiety evening"]);
    (
        places,
        subsequence(Topic::ALL.to_vec(), 0..3),
        subsequence(Kind::ALL.to_vec(), 0..3),
        subsequence(WEEK.to_vec(), 0..4),
        subsequence(TimeOfDay::ALL.to_vec(), 0..3),
        any::<bool>(),
        words,
    )
        .prop_map(|(place, topics, kinds, days, times, open, words)| FinderQuery {
            place,
            topics,
            kinds,
            days,
            times,
            open,
            words: words.to_owned(),
            page: 1,
            ..FinderQuery::default()
        })
}

/// What the finder finds, counted one by one.
fn found(all: &[Listing], query: FinderQuery) -> u32 {
    u32::try_from(find(all, &query).len()).unwrap()
}

#[tokio::test]
async fn each_count_is_what_its_choice_finds() {
    let test = TestApp::demo().await;
    let zone = "Pacific/Auckland".parse().unwrap();
    let all = listings(test.store().reads(), Scope::Listed, None, test.app.now(), zone).await.unwrap();
    assert!(all.len() >= 24);
    let mut runner = TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    let checked = runner.run(&wishes(), |query| {
        let facets = Facets::of(&all, &query);
        for place in UsState::all().map(Place::In).chain([Place::OutsideUs]) {
            let chosen = FinderQuery { place: Some(place), ..query.clone() };
            prop_assert_eq!(facets.place(place), found(&all, chosen), "{:?}", place);
        }
        for topic in Topic::ALL {
            prop_assert_eq!(facets.topic(topic), found(&all, FinderQuery { topics: vec![topic], ..query.clone() }));
        }
        for kind in Kind::ALL {
            let mut kinds = query.kinds.clone();
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
            prop_assert_eq!(facets.kind(kind), found(&all, FinderQuery { kinds, ..query.clone() }), "{:?}", kind);
        }
        for day in WEEK {
            prop_assert_eq!(facets.day(day), found(&all, FinderQuery { days: vec![day], ..query.clone() }));
        }
        for time in TimeOfDay::ALL {
            prop_assert_eq!(facets.time(time), found(&all, FinderQuery { times: vec![time], ..query.clone() }));
        }
        prop_assert_eq!(facets.open, found(&all, FinderQuery { open: true, ..query.clone() }));
        Ok(())
    });
    checked.unwrap();
    let everything = Facets::of(&all, &FinderQuery::default());
    let about_something = all.iter().filter(|group| group.topic.is_some() && group.next.is_some()).count();
    let counted: u32 = Topic::ALL.into_iter().map(|topic| everything.topic(topic)).sum();
    assert_eq!(usize::try_from(counted).unwrap(), about_something, "a negative control: counts are not all nothing");
}

/// Where the leader looks first nobody can hold a seat, however many are free: no page says that one can.
#[tokio::test]
async fn a_seat_that_the_leader_gives_is_advertised_nowhere() {
    let test = TestApp::demo().await;
    let mut browser = test.browser();
    let (home, open) = (browser.get("/").await.body, browser.get("/groups?open=true").await.body);
    let slug = open.split("href=\"/groups/").nth(1).expect("a group").split(['"', '?']).next().unwrap().to_owned();
    let group = browser.get(&format!("/groups/{slug}")).await.body;
    let (real, stock) = ("This circle is real", "https://schema.org/InStock");
    assert!(home.contains(real) && group.contains(stock), "a negative control");

    let mut owner = sqlx::PgConnection::connect(&test.owner_url).await.unwrap();
    let look = "update groups set confirm = 'after the leader''s look'";
    sqlx::query(look).execute(&mut owner).await.unwrap();
    let zone = "America/New_York".parse().unwrap();
    let all = listings(test.store().reads(), Scope::Listed, None, test.app.now(), zone).await.unwrap();
    assert!(all.iter().any(|listing| listing.takes_members() && listing.seats.free() > 0), "a negative control");
    assert_eq!(Facets::of(&all, &FinderQuery::default()).open, 0);

    let (home, open) = (browser.get("/").await.body, browser.get("/groups?open=true").await.body);
    let (group, whole) = (browser.get(&format!("/groups/{slug}")).await.body, browser.get("/groups").await.body);
    assert!(!home.contains(real) && !home.contains("seats free"), "{home}");
    assert!(open.contains("No group"), "{open}");
    assert!(!group.contains(stock) && group.contains("https://schema.org/SoldOut"), "{group}");
    assert!(whole.contains("after a talk with "), "its row says how one gets in: {whole}");
}
