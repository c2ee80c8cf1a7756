//! The account: profile, devices, a new address, own data, deletion, the calendar feed.

pub mod address;
mod data;
mod deletion;
mod feed;
mod fresh;
mod order;
mod overview;
mod profile;
mod sessions;

use crate::{seats::House, support::Browser};
use common_ground::server::state::sha256;

/// Mails of a kind to somebody, oldest first, their subject and text together.
async fn mailed(house: &House, email: &str, kind: &'static str) -> Vec<String> {
    sqlx::query_scalar(
        "select subject || E'\\n' || text_body from outbox where to_address = $1 and kind = $2 order by created_at, id",
    )
    .bind(email)
    .bind(kind)
    .fetch_all(&house.owner)
    .await
    .unwrap()
}

/// Makes the session of a browser one on her own device, whose last code was typed an hour ago.
async fn on_own_device(house: &House, browser: &Browser) {
    let changed = sqlx::query(
        "update sessions set own_device = true, verified_at = now() - interval '1 hour' where token_hash = $1",
    )
    .bind(sha256(browser.cookies["session"].as_bytes()).to_vec())
    .execute(&house.owner)
    .await
    .unwrap();
    assert_eq!(changed.rows_affected(), 1);
}
