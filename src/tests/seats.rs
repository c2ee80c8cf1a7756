//! Seats: who gets one, when, and what the database refuses. Each test has a practice of its own, with groups that are
//! empty, so that it says itself who sits where.
//!
//! The groups `g0` to `g11` are therapy groups of eight seats, led by Ruth, who may practise in New York only, and never
//! meet at the same time. `twin` meets at the same time as `g0`. `skills` is open to every state.

use crate::support::{Answer, Browser, TestApp};
use axum::http::StatusCode;
use chrono_tz::America::New_York;
use common_ground::{
    commands,
    error::AppError,
    server::state::{new_key, sha256},
    store::sessions::TokenHash,
};
use sqlx::{PgPool, postgres::PgPoolOptions};
use uuid::Uuid;

mod age;
mod at_once;
mod claim;
mod deed;
mod eligible;
mod guards;
mod lapse;
mod life;
mod limits;
pub mod line;
mod live;
mod model;
mod offers;
mod once;
mod out_of_turn;
pub mod plain;
pub mod practice;
mod quiet;
pub mod race;
mod rejoin;
mod releases;
mod storm;
mod streams;

/// Seats of every group here.
pub const SEATS: usize = 8;

/// A practice, its application and its database.
pub struct House {
    /// The application.
    pub test: TestApp,
    /// For arranging what no page can arrange, as the superuser.
    pub owner: PgPool,
}

/// One seat of a group: number, state, address of who has it.
type Seat = (i16, String, Option<String>);

impl House {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The same with other settings.
    pub async fn with(change: impl FnOnce(&mut common_ground::server::settings::Settings)) -> Self {
        let test = TestApp::with(change).await;
        let today = test.app.now().with_timezone(&New_York).date_naive();
        commands::practice::load(&test.app, &practice::file(), today).await.expect("the practice");
        Self::over(test).await
    }

    /// The house over a practice that is there.
    pub async fn over(test: TestApp) -> Self {
        let owner = PgPoolOptions::new().max_connections(3).connect(&test.owner_url).await.expect("the owner");
        Self { test, owner }
    }

    /// Opens every connection that the application may have. Otherwise the first of some requests at once is done before
    /// the others are connected, and what should happen at once happens one after the other.
    async fn warm(&self) {
        for (pool, most) in [(&**self.test.store().reads(), 8), (self.test.store().writes(), 12)] {
            let mut open = Vec::new();
            while open.len() < most {
                open.push(pool.acquire().await.unwrap());
            }
        }
    }

    /// New members, signed in. The way in by mail is tested elsewhere and would take most of the time here.
    pub async fn members(&self, names: &[String]) -> Vec<Browser> {
        let emails: Vec<_> = names.iter().map(|name| address(name)).collect();
        let tokens: Vec<_> = names.iter().map(|name| format!("token of {name}")).collect();
        let hashes: Vec<_> = tokens.iter().map(|token| sha256(token.as_bytes()).to_vec()).collect();
        sqlx::query(
            "with people as (insert into accounts (id, email) select gen_random_uuid(), e from unnest($1::text[]) e returning id, email)
             insert into sessions (id, token_hash, account_id, idle_seconds, expires_at)
             select gen_random_uuid(), hash, people.id, 3600, now() + interval '1 hour'
             from unnest($1::text[], $2::bytea[]) as new (email, hash) join people using (email)",
        )
        .bind(&emails)
        .bind(&hashes)
        .execute(&self.owner)
        .await
        .unwrap();
        tokens
            .into_iter()
            .map(|token| {
                let mut browser = self.test.browser();
                browser.cookies.insert("session".to_owned(), token);
                browser
            })
            .collect()
    }

    pub async fn member(&self, name: &str) -> Browser {
        self.members(&[name.to_owned()]).await.remove(0)
    }

    /// Somebody who has held a seat, told everything and signed everything: she need only confirm.
    pub async fn ready(&self, name: &str, slug: &str) -> Browser {
        let mut browser = self.member(name).await;
        assert_held(&hold(&mut browser, slug).await, slug);
        tell(&mut browser, slug).await;
        browser
    }

    /// Changes something behind the application's back; gives the rows that it touched.
    pub async fn change(&self, sql: &'static str) -> u64 {
        sqlx::query(sql).execute(&self.owner).await.unwrap_or_else(|error| panic!("{sql}: {error}")).rows_affected()
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.owner).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    pub async fn group(&self, slug: &str) -> Uuid {
        sqlx::query_scalar("select id from groups where slug = $1").bind(slug).fetch_one(&self.owner).await.unwrap()
    }

    pub async fn account(&self, name: &str) -> Uuid {
        self.test.account(&address(name)).await.0
    }

    async fn seats(&self, slug: &str) -> Vec<Seat> {
        sqlx::query_as(
            "select seat_no, state, email from seats join groups g on g.id = group_id left join accounts a on a.id = member_id
             where slug = $1 order by seat_no",
        )
        .bind(slug)
        .fetch_all(&self.owner)
        .await
        .unwrap()
    }

    /// The state of the seat somebody has in a group, if she has one.
    pub async fn seat_of(&self, name: &str, slug: &str) -> Option<String> {
        let email = Some(address(name));
        let mut hers = self.seats(slug).await.into_iter().filter(|(_, _, whose)| *whose == email);
        let seat = hers.next();
        assert_eq!(hers.next(), None, "two seats of {name} in {slug}");
        seat.map(|(_, state, _)| state)
    }

    /// Lets so many strangers take free seats of a group for good.
    pub async fn fill(&self, slug: &str, seats: usize) {
        let group = self.group(slug).await;
        let filled = sqlx::query(
            "with free as (
               select seat_no, gen_random_uuid() as member, gen_random_uuid() as reservation from seats
               where group_id = $1 and state = 'free' order by seat_no limit $2
             ), people as (
               insert into accounts (id, email) select member, member || '@example.com' from free
             ), reserved as (
               insert into reservations (id, reference, group_id, member_id) select reservation, 'CG ' || reservation, $1, member from free
             )
             update seats set state = 'reserved', member_id = member, reservation_id = reservation
             from free where seats.group_id = $1 and seats.seat_no = free.seat_no",
        )
        .bind(group)
        .bind(i64::try_from(seats).unwrap())
        .execute(&self.owner)
        .await
        .unwrap()
        .rows_affected();
        assert_eq!(filled, seats as u64, "seats of {slug} to fill");
    }

    /// Gives somebody a seat for good.
    pub async fn seat(&self, name: &str, slug: &str) {
        let seated = sqlx::query(
            "with reserved as (
               insert into reservations (id, reference, group_id, member_id) values (gen_random_uuid(), 'CG ' || gen_random_uuid(), $1, $2)
               returning id, group_id, member_id
             )
             update seats s set state = 'reserved', member_id = reserved.member_id, reservation_id = reserved.id from reserved
             where (s.group_id, s.seat_no) = (select group_id, min(seat_no) from seats where group_id = $1 and state = 'free' group by 1)",
        )
        .bind(self.group(slug).await)
        .bind(self.account(name).await)
        .execute(&self.owner)
        .await
        .unwrap();
        assert_eq!(seated.rows_affected(), 1);
    }

    /// Makes somebody a resident of a state who is of age.
    pub async fn lives(&self, name: &str, state: &str) {
        sqlx::query(
            "insert into members (account_id, state, says_adult) values ($1, $2, true)
             on conflict (account_id) do update set state = excluded.state, says_adult = true",
        )
        .bind(self.account(name).await)
        .bind(state)
        .execute(&self.owner)
        .await
        .unwrap();
    }

    /// Puts somebody of New York at the end of the line of a group.
    pub async fn wait(&self, name: &str, slug: &str) {
        self.lives(name, "NY").await;
        sqlx::query("insert into waiting_entries (id, group_id, member_id) values (gen_random_uuid(), $1, $2)")
            .bind(self.group(slug).await)
            .bind(self.account(name).await)
            .execute(&self.owner)
            .await
            .unwrap();
    }

    /// Offers somebody a free seat for twelve hours, as the first in the line.
    pub async fn offer(&self, name: &str, slug: &str) -> Uuid {
        self.wait(name, slug).await;
        sqlx::query_scalar(
            "with offer as (
               insert into offers (id, entry_id, group_id, member_id, vacancy, ends_at)
               select gen_random_uuid(), id, group_id, member_id, gen_random_uuid(), now() + interval '12 hours'
               from waiting_entries where group_id = $1 and member_id = $2 and ended_at is null returning *
             )
             update seats s set state = 'offered', member_id = offer.member_id, hold_id = offer.id, offer_id = offer.id,
               vacancy = offer.vacancy, held_at = now(), held_until = offer.ends_at from offer
             where (s.group_id, s.seat_no) = (select group_id, min(seat_no) from seats where group_id = $1 and state = 'free' group by 1)
             returning offer.id",
        )
        .bind(self.group(slug).await)
        .bind(self.account(name).await)
        .fetch_one(&self.owner)
        .await
        .unwrap()
    }

    /// Makes a hold of somebody lapse this moment.
    pub async fn lapse(&self, name: &str, slug: &str) {
        let lapsed = sqlx::query(
            "update seats set held_until = now() where group_id = $1 and member_id = $2 and state = 'held'",
        )
        .bind(self.group(slug).await)
        .bind(self.account(name).await)
        .execute(&self.owner)
        .await
        .unwrap();
        assert_eq!(lapsed.rows_affected(), 1, "a hold of {name} in {slug}");
    }
}

pub fn address(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase().replace(' ', "-"))
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("member {n}")).collect()
}

/// The hash under which the database knows a browser's session.
pub fn token(browser: &Browser) -> TokenHash {
    sha256(browser.cookies["session"].as_bytes())
}

/// Holds a seat as somebody in New York who is of age.
pub async fn hold(browser: &mut Browser, slug: &str) -> Answer {
    hold_from(browser, slug, "NY").await
}

async fn hold_from(browser: &mut Browser, slug: &str, state: &str) -> Answer {
    let key = new_key().to_string();
    browser.call("/api/seats/hold", &[("slug", slug), ("key", &key), ("state", state), ("adult", "true")]).await
}

async fn renew(browser: &mut Browser, slug: &str) -> Answer {
    browser.call("/api/seats/renew", &[("slug", slug)]).await
}

async fn let_go(browser: &mut Browser, slug: &str) -> Answer {
    browser.call("/api/seats/let-go", &[("slug", slug)]).await
}

pub async fn confirm(browser: &mut Browser, slug: &str) -> Answer {
    confirm_with(browser, slug, &new_key().to_string()).await
}

async fn confirm_with(browser: &mut Browser, slug: &str, key: &str) -> Answer {
    browser.call("/api/seats/confirm", &[("slug", slug), ("key", key)]).await
}

/// Answers about oneself, with one of them changed.
fn about<'a>(slug: &'a str, changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut answers = crate::journey::about(slug);
    answers.retain(|(field, _)| changed.iter().all(|(other, _)| field != other));
    answers.extend(changed);
    answers
}

/// Tells everything about oneself and signs everything.
pub async fn tell(browser: &mut Browser, slug: &str) {
    let told = browser.call("/api/reserve/about", &about(slug, &[])).await;
    assert_eq!(told.location(), Some(format!("/reserve/{slug}/agreements").as_str()), "{}", told.body);
    let signed =
        [("slug", slug), ("group", "true"), ("telehealth", "true"), ("privacy", "true"), ("signature", "Robin Ashby")];
    let signed = browser.call("/api/reserve/agreements", &signed).await;
    assert_eq!(signed.location(), Some(format!("/reserve/{slug}/check").as_str()), "{}", signed.body);
}

/// A seat is held: the answer leads to one of the steps.
pub fn assert_held(answer: &Answer, slug: &str) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let next = answer.location().unwrap_or_default();
    let steps = ["about", "agreements", "check"].map(|step| format!("/reserve/{slug}/{step}"));
    assert!(steps.iter().any(|step| step == next), "{next:?} {}", answer.body);
}

/// A seat is reserved: the answer leads to the confirmation.
pub fn assert_confirmed(answer: &Answer, slug: &str) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.location(), Some(format!("/reserve/{slug}/confirmed").as_str()), "{}", answer.body);
}

/// What a call was refused with; its status must say the same.
pub fn refusal(answer: &Answer) -> AppError {
    let error: AppError =
        serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{} {}", answer.status, answer.body));
    assert_eq!(answer.status.as_u16(), error.status(), "{error:?}");
    error
}

/// Runs all of these at once, each in a task of its own.
async fn at_once<T: Send + 'static>(tasks: impl IntoIterator<Item: Future<Output = T> + Send + 'static>) -> Vec<T> {
    let tasks: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await.expect("no panic"));
    }
    results
}
