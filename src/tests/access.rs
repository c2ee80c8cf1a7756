//! Who gets what: every server function and every route, as everybody who may come. The tables in `functions` and
//! `pages` are the policy; what is not in them fails, and so does a row that nothing answers to.

use crate::{
    journey,
    support::{Answer, Browser, TestApp},
};
use axum::http::StatusCode;
use common_ground::{error::AppError, server::state::new_key};
use sqlx::types::Uuid;

mod functions;
mod guards;
mod headers;
mod pages;
mod privacy;

/// Who comes, in the order of the tables.
const WHO: [&str; 5] = ["a visitor", "a stranger", "a member with a seat", "a therapist", "the office"];

/// What somebody gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gets {
    /// What she asked for.
    It,
    /// The way to the sign-in page, and from there back.
    SignIn,
    /// It is not for her account.
    Forbidden,
    /// There is no such thing, or none for her.
    Nothing,
    /// Another page first; its path.
    First(&'static str),
    /// A rule says no, with this status.
    No(u16),
}

/// The people of the tables in a house of their own: the demo practice, a group `seat` in which the member has a seat,
/// and a group `held` in which she holds one; a meeting of the first, and an offer that was made to somebody else.
struct Cast {
    test: TestApp,
    seat: String,
    held: String,
    meeting: String,
    offer: String,
    people: [Browser; 5],
}

impl Cast {
    async fn new() -> Self {
        let test = TestApp::demo().await;
        let mut member = test.signed_in("member@example.com").await;
        let groups = open_groups(&mut member).await;
        let seat = groups[0].clone();
        take_seat(&mut member, &seat, &journey::about(&seat)).await;
        let mut held = None;
        for slug in groups.into_iter().skip(1) {
            if journey::hold(&mut member, &slug).await.location() == Some(&format!("/reserve/{slug}/check")) {
                held = Some(slug);
                break;
            }
        }
        let people = [
            test.browser(),
            test.signed_in("stranger@example.com").await,
            member,
            test.signed_in("daniel.reyes@alderstreet.example").await,
            test.signed_in("office@alderstreet.example").await,
        ];
        let meeting: Uuid = sqlx::query_scalar(
            "select m.id from meetings m join groups g on g.id = m.group_id where g.slug = $1 and m.starts_at > now() + interval '1 day'
             order by m.starts_at limit 1",
        )
        .bind(&seat)
        .fetch_one(test.pool())
        .await
        .expect("a coming meeting");
        let offer: Uuid = sqlx::query_scalar("select id from offers where closed_at is null limit 1")
            .fetch_one(test.pool())
            .await
            .expect("an offer of the demo practice");
        let (meeting, offer) = (meeting.to_string(), offer.to_string());
        Self { seat, held: held.expect("a second group for the member"), meeting, offer, people, test }
    }

    /// Writes the groups of this house into the text of a row.
    fn filled(&self, text: &str) -> String {
        text.replace("{seat}", &self.seat)
            .replace("{held}", &self.held)
            .replace("{meeting}", &self.meeting)
            .replace("{offer}", &self.offer)
            .replace("{key}", &new_key().to_string())
    }
}

/// Groups in which somebody in New York could hold a seat now, those with most free seats first.
async fn open_groups(browser: &mut Browser) -> Vec<String> {
    let page = browser.get("/groups?state=NY&open=true&sort=seats").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.body
        .split("class=\"slot\"")
        .skip(1)
        .filter_map(|row| row.split("href=\"/groups/").nth(1)?.split(['"', '?']).next())
        .map(ToOwned::to_owned)
        .collect()
}

/// Goes the whole way to a reserved seat; gives the page that confirms it.
async fn take_seat(browser: &mut Browser, slug: &str, about: &[(&str, &str)]) -> Answer {
    journey::hold(browser, slug).await;
    browser.post("/api/reserve/about", about).await;
    let name = about.iter().find(|(field, _)| *field == "legal_name").expect("a legal name").1;
    let signed = [("slug", slug), ("group", "true"), ("telehealth", "true"), ("privacy", "true"), ("signature", name)];
    browser.post("/api/reserve/agreements", &signed).await;
    let key = new_key().to_string();
    let confirmed = browser.submit("/api/seats/confirm", &[("slug", slug), ("key", &key)]).await;
    assert!(confirmed.body.contains("Your seat is reserved."), "{slug}: {}", confirmed.body);
    confirmed
}

/// The error that a call was answered with.
fn error_of(answer: &Answer) -> AppError {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("no error: {} {}", answer.status, answer.body))
}

/// What is wrong with the answer to a call, if anything.
fn wrong_call(answer: &Answer, gets: Gets) -> Option<String> {
    let fits = match gets {
        Gets::It => answer.status == StatusCode::OK,
        Gets::SignIn => {
            answer.status == StatusCode::UNAUTHORIZED && error_of(answer) == AppError::SignInNeeded && leads_in(answer)
        }
        Gets::Forbidden => answer.status == StatusCode::FORBIDDEN && error_of(answer) == AppError::Forbidden,
        Gets::Nothing => answer.status == StatusCode::NOT_FOUND && error_of(answer) == AppError::NotFound,
        Gets::First(path) => {
            answer.status == StatusCode::UNPROCESSABLE_ENTITY
                && error_of(answer) == AppError::StepMissing
                && answer.location() == Some(path)
        }
        Gets::No(status) => answer.status.as_u16() == status && error_of(answer).status() == status,
    };
    (!fits).then(|| format!("{gets:?}, but {} {:?} {}", answer.status, answer.location(), answer.body))
}

/// What is wrong with the answer to a page that was opened, if anything.
fn wrong_page(answer: &Answer, gets: Gets) -> Option<String> {
    let fits = match gets {
        Gets::It => answer.status == StatusCode::OK,
        Gets::SignIn => answer.status.is_redirection() && leads_in(answer),
        Gets::Forbidden => answer.status == StatusCode::FORBIDDEN,
        Gets::Nothing => answer.status == StatusCode::NOT_FOUND,
        Gets::First(path) => answer.status == StatusCode::FOUND && answer.location() == Some(path),
        Gets::No(status) => answer.status.as_u16() == status,
    };
    (!fits).then(|| format!("{gets:?}, but {} {:?}", answer.status, answer.location()))
}

/// Whether an answer leads to the sign-in page, and from there back to an own path.
fn leads_in(answer: &Answer) -> bool {
    answer.location().is_some_and(|path| path.starts_with("/sign-in?next=/") && !path.starts_with("/sign-in?next=//"))
}
