//! Every registered server function, called as the program in the browser does.

use super::{Cast, Gets, Gets::*, WHO, leads_in, wrong_call};
use axum::http::StatusCode;
use leptos::server_fn::axum::server_fn_paths;
use std::collections::BTreeSet;

/// A call and what each of [`WHO`] gets of it.
struct Row {
    path: &'static str,
    args: &'static [(&'static str, &'static str)],
    gets: [Gets; 5],
}

const fn row(path: &'static str, args: &'static [(&'static str, &'static str)], gets: [Gets; 5]) -> Row {
    Row { path, args, gets }
}

/// Good answers to "about you".
const ABOUT: &[(&str, &str)] = &[
    ("slug", "{seat}"),
    ("display_name", "Robin"),
    ("legal_name", "Robin Ashby"),
    ("phone", "555 010 0142"),
    ("state", "NY"),
    ("birth_month", "3"),
    ("birth_day", "9"),
    ("birth_year", "1991"),
    ("contact_name", "Sam Whitlock"),
    ("contact_phone", "555 010 0143"),
];

const SIGNED: &[(&str, &str)] =
    &[("slug", "{seat}"), ("group", "true"), ("telehealth", "true"), ("privacy", "true"), ("signature", "Robin Ashby")];

/// A profile that fits a member with a seat in New York.
const PROFILE: &[(&str, &str)] = &[
    ("display_name", "Robin"),
    ("legal_name", "Robin Ashby"),
    ("phone", "555 010 0142"),
    ("state", "NY"),
    ("zone", "America/New_York"),
    ("contact_name", "Sam Whitlock"),
    ("contact_phone", "555 010 0143"),
];

/// For members, whether they have a seat or not.
const MEMBERS: [Gets; 5] = [SignIn, It, It, Forbidden, Forbidden];

/// A token that was never mailed.
const NO_LINK: &[(&str, &str)] = &[("token", "0123456789abcdef")];
/// For members who get the weekly mail.
const NO_SUBSCRIPTION: [Gets; 5] = [SignIn, Nothing, Nothing, Forbidden, Forbidden];

const ABOUT_SEAT: Gets = First("/reserve/{seat}");
const CONFIRMED: Gets = First("/reserve/{seat}/confirmed");
const HOLD: Gets = First("/reserve/{held}");

/// The policy. Reading comes first: a call further down may change what one further up gives.
const POLICY: &[Row] = &[
    row("account/get", &[], [SignIn, It, It, It, It]),
    row("account/profile-page", &[], MEMBERS),
    row("account/sessions-page", &[], [SignIn, It, It, It, It]),
    row("account/sign-out-page", &[], [SignIn, It, It, It, It]),
    row("account/code-page", &[], [SignIn, It, It, It, It]),
    row("account/address-page", &[], MEMBERS),
    row("account/address-link-page", &[("token", "0123456789abcdef")], [It; 5]),
    row("account/data-page", &[], MEMBERS),
    row("account/delete-page", &[], MEMBERS),
    row("account/calendar-page", &[], MEMBERS),
    row("account/mails-page", &[], MEMBERS),
    row("account/mails", &[("day_before", "true")], MEMBERS),
    row("agreements/get", &[], [It; 5]),
    row("contact/page", &[], [It; 5]),
    row(
        "contact/ask",
        &[("key", "{key}"), ("name", "Robin"), ("email", "robin@example.com"), ("question", "May I bring my dog?")],
        [It; 5],
    ),
    row("contact/ask", &[], [No(422); 5]),
    row("groups/find", &[("query", "state=NY")], [It; 5]),
    row("groups/get", &[("slug", "{seat}")], [It; 5]),
    row("groups/get", &[("slug", "no-such-group")], [Nothing; 5]),
    row("home/get", &[], [It; 5]),
    row("legal/get", &[("slug", "privacy")], [It; 5]),
    row("legal/get", &[("slug", "no-such-text")], [Nothing; 5]),
    row("therapists/list", &[], [It; 5]),
    row("therapists/get", &[("slug", "ruth-okafor")], [It; 5]),
    row("therapists/get", &[("slug", "nobody")], [Nothing; 5]),
    row("topics/list", &[], [It; 5]),
    row("topics/get", &[("slug", "anxiety")], [It; 5]),
    row("topics/get", &[("slug", "no-such-topic")], [Nothing; 5]),
    row("topics/dbt-skills", &[], [It; 5]),
    row("learn/list", &[], [It; 5]),
    row("learn/get", &[("slug", "first-meeting")], [It; 5]),
    row("learn/get", &[("slug", "no-such-article")], [Nothing; 5]),
    row("skills/list", &[], [It; 5]),
    row("skills/get", &[("slug", "stop")], [It; 5]),
    row("skills/get", &[("slug", "no-such-skill")], [Nothing; 5]),
    row("notifications/page", &[("query", "state=NY&topic=anxiety")], [It; 5]),
    row("notifications/sent-page", &[], [It; 5]),
    row("notifications/subscribe", &[("email", "somebody@example.com")], [It; 5]),
    row("notifications/subscribe", &[], [No(422); 5]),
    row("notifications/confirm-page", NO_LINK, [It; 5]),
    row("notifications/confirm", NO_LINK, [It; 5]),
    row("notifications/unsubscribe-page", NO_LINK, [It; 5]),
    // By a link that is none nothing is found; without one it is about the member who is signed in, and these have none.
    row("notifications/preferences-page", NO_LINK, [It; 5]),
    row("notifications/preferences-page", &[], MEMBERS),
    row("notifications/preferences", NO_LINK, [Nothing; 5]),
    row("notifications/preferences", &[], NO_SUBSCRIPTION),
    row("notifications/pause", NO_LINK, [Nothing; 5]),
    row("notifications/pause", &[], NO_SUBSCRIPTION),
    row("notifications/pause-end", NO_LINK, [Nothing; 5]),
    row("notifications/pause-end", &[], NO_SUBSCRIPTION),
    row("notifications/stop", NO_LINK, [Nothing; 5]),
    row("notifications/stop", &[], NO_SUBSCRIPTION),
    row("notifications/start", NO_LINK, [Nothing; 5]),
    row("notifications/start", &[], NO_SUBSCRIPTION),
    row("notifications/address", NO_LINK, [Nothing; 5]),
    row("notifications/address", &[], NO_SUBSCRIPTION),
    row("notifications/fresh-link", NO_LINK, [Nothing; 5]),
    row("notifications/fresh-link", &[], [Nothing; 5]),
    row("notifications/data-page", NO_LINK, [Nothing; 5]),
    row("notifications/data-page", &[], NO_SUBSCRIPTION),
    row("notifications/wipe", NO_LINK, [Nothing; 5]),
    row("notifications/wipe", &[], NO_SUBSCRIPTION),
    row("preferences/frame", &[], [It; 5]),
    row("preferences/scheme", &[("scheme", "dark"), ("back", "/groups")], [It; 5]),
    row("preferences/zone", &[("zone", "America/Chicago"), ("back", "/groups")], [It; 5]),
    row("office/digests-page", &[], [SignIn, Forbidden, Forbidden, Forbidden, It]),
    row("program/get", &[], [SignIn, It, It, It, It]),
    row("reserve/page", &[("slug", "{seat}")], [SignIn, It, CONFIRMED, Forbidden, Forbidden]),
    row("reserve/page", &[("slug", "{held}")], [SignIn, It, First("/reserve/{held}/check"), Forbidden, Forbidden]),
    row("reserve/page", &[("slug", "no-such-group")], [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("reserve/about-page", &[("slug", "{seat}")], [SignIn, ABOUT_SEAT, CONFIRMED, Forbidden, Forbidden]),
    row("reserve/about-page", &[("slug", "{held}")], [SignIn, HOLD, It, Forbidden, Forbidden]),
    row("reserve/agreements-page", &[("slug", "{seat}")], [SignIn, ABOUT_SEAT, CONFIRMED, Forbidden, Forbidden]),
    row("reserve/agreements-page", &[("slug", "{held}")], [SignIn, HOLD, It, Forbidden, Forbidden]),
    row("reserve/check-page", &[("slug", "{seat}")], [SignIn, ABOUT_SEAT, CONFIRMED, Forbidden, Forbidden]),
    row("reserve/check-page", &[("slug", "{held}")], [SignIn, HOLD, It, Forbidden, Forbidden]),
    row("reserve/confirmed-page", &[("slug", "{seat}")], [SignIn, First("/groups/{seat}"), It, Forbidden, Forbidden]),
    row(
        "reserve/confirmed-page",
        &[("slug", "{held}")],
        [SignIn, First("/groups/{held}"), First("/groups/{held}"), Forbidden, Forbidden],
    ),
    row("sign-in/page", &[], [It; 5]),
    row("sign-in/code-page", &[], [It; 5]),
    row("sign-in/link-page", &[("token", "0123456789abcdef")], [It; 5]),
    row("sign-in/link", &[("token", "0123456789abcdef")], [No(422); 5]),
    row("sign-in/code", &[("code", "000000")], [No(422); 5]),
    row("sign-in/request", &[("email", "somebody@example.com")], [It; 5]),
    row("seats/renew", &[("slug", "{held}")], [SignIn, No(409), It, Forbidden, Forbidden]),
    row(
        "seats/confirm",
        &[("slug", "no-such-group"), ("key", "{key}")],
        [SignIn, Nothing, Nothing, Forbidden, Forbidden],
    ),
    row(
        "offers/get",
        &[("id", "00000000-0000-0000-0000-000000000000")],
        [SignIn, Nothing, Nothing, Forbidden, Forbidden],
    ),
    row("offers/accept", &[("id", "no-id")], [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("offers/decline", &[("id", "{offer}")], [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("offers/get", &[("id", "{offer}")], [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("offers/accept", &[("id", "{offer}")], [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("seats/page", &[], [SignIn, It, It, It, It]),
    row("seats/release-page", &[("slug", "{seat}")], [SignIn, Nothing, It, Forbidden, Forbidden]),
    row("seats/release-page", &[("slug", "no-such-group")], [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("seats/release", &[("slug", "{held}"), ("key", "{key}")], [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("absences/tell", &[("meeting", "{meeting}")], [SignIn, Nothing, It, Forbidden, Forbidden]),
    row("absences/take-back", &[("meeting", "{meeting}")], [SignIn, Nothing, It, Forbidden, Forbidden]),
    row("absences/tell", &[("meeting", "no-id")], [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row(
        "waiting/join",
        &[("slug", "no-such-group"), ("key", "{key}")],
        [SignIn, Nothing, Nothing, Forbidden, Forbidden],
    ),
    // Seats are free there, or she has one: nobody can wait.
    row(
        "waiting/join",
        &[("slug", "{seat}"), ("key", "{key}"), ("state", "NY"), ("adult", "true")],
        [SignIn, No(409), No(409), Forbidden, Forbidden],
    ),
    row("waiting/leave", &[("slug", "{seat}")], [SignIn, It, It, Forbidden, Forbidden]),
    row("waiting/leave", &[("slug", "no-such-group")], [SignIn, Nothing, Nothing, Forbidden, Forbidden]),
    row("waiting/leave-others", &[("slug", "{seat}"), ("leave", "true")], [SignIn, It, It, Forbidden, Forbidden]),
    row("reserve/about", ABOUT, [SignIn, It, It, Forbidden, Forbidden]),
    row("reserve/agreements", SIGNED, [SignIn, It, It, Forbidden, Forbidden]),
    // The stranger has answered everything now and still has no hold; nobody else's is hers to confirm or let go.
    row("seats/confirm", &[("slug", "{held}"), ("key", "{key}")], [SignIn, No(409), It, Forbidden, Forbidden]),
    row(
        "seats/hold",
        &[("slug", "{seat}"), ("key", "{key}"), ("state", "NY"), ("adult", "true")],
        [SignIn, It, No(409), Forbidden, Forbidden],
    ),
    row("seats/let-go", &[("slug", "{seat}")], [SignIn, It, It, Forbidden, Forbidden]),
    row("account/profile", PROFILE, MEMBERS),
    row("account/ask-code", &[], [SignIn, It, It, It, It]),
    row("account/enter-code", &[("code", "000000")], [SignIn, No(422), No(422), No(422), No(422)]),
    row("account/address", &[("email", "somebody.new@example.com")], MEMBERS),
    row("account/address-stop", &[], MEMBERS),
    row("account/address-confirm", &[("token", "0123456789abcdef")], [It; 5]),
    row("account/calendar-make", &[], MEMBERS),
    row("account/calendar-stop", &[], MEMBERS),
    // Nobody's session is one of these.
    row("account/end-session", &[("session", "{key}")], [SignIn, It, It, It, It]),
    row("account/end-session", &[("session", "no-id")], [SignIn, Nothing, Nothing, Nothing, Nothing]),
    // Not ticked: nothing is deleted. What happens when it is stands in the tests of the account.
    row("account/delete", &[], [SignIn, No(422), No(422), Forbidden, Forbidden]),
    row("sign-in/out", &[], [It; 5]),
    row("account/sign-out-everywhere", &[], [SignIn; 5]),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_server_function_gives_each_what_the_policy_says() {
    let mut cast = Cast::new().await;
    let mut wrong = Vec::new();
    for row in POLICY {
        let path = format!("/api/{}", row.path);
        for (who, gets) in row.gets.into_iter().enumerate() {
            let args: Vec<_> = row.args.iter().map(|(name, value)| (*name, cast.filled(value))).collect();
            let args: Vec<_> = args.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let gets = match gets {
                First(path) => First(cast.filled(path).leak()),
                gets => gets,
            };
            let answer = cast.people[who].call(&path, &args).await;
            if let Some(why) = wrong_call(&answer, gets) {
                wrong.push(format!("{path} {args:?}, {}: should get {why}", WHO[who]));
            }
            // The same as a form without script: nobody sees JSON.
            if gets == SignIn {
                let answer = cast.people[who].post(&path, &args).await;
                if answer.status != StatusCode::FOUND || !leads_in(&answer) {
                    wrong.push(format!("{path} as a form, {}: {} {:?}", WHO[who], answer.status, answer.location()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The stranger's attempts took nothing from the member, and everybody is out now.
    let seats: i64 = sqlx::query_scalar(
        "select count(*) from seats join accounts a on a.id = member_id where email = 'member@example.com' and state = 'reserved'",
    )
    .fetch_one(cast.test.pool())
    .await
    .unwrap();
    assert_eq!(seats, 2);
    for (who, browser) in cast.people.iter_mut().enumerate() {
        assert_eq!(browser.call("/api/program/get", &[]).await.status, StatusCode::UNAUTHORIZED, "{}", WHO[who]);
    }
}

#[tokio::test]
async fn the_policy_names_every_server_function_and_nothing_else() {
    // The routes register the functions.
    let _test = crate::support::TestApp::new().await;
    let known: BTreeSet<_> = server_fn_paths().map(|(path, _)| path).collect();
    let named: Vec<_> = POLICY.iter().map(|row| format!("/api/{}", row.path)).collect();
    let named: BTreeSet<_> = named.iter().map(String::as_str).collect();
    assert!(known.len() > 20, "{known:?}");
    assert_eq!(known.difference(&named).collect::<Vec<_>>(), Vec::<&&str>::new(), "no row says who may call these");
    assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new(), "these rows have no function");
}
