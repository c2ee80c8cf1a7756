//! Only hashes are stored: whoever reads the database signs in nowhere.

use super::{CODE, ROBIN, ask, owner};
use crate::support::TestApp;
use common_ground::server::state::{mac, sha256};
use sqlx::AssertSqlSafe;

/// Every row of every table as text; bytes are written in hexadecimal digits.
async fn everything(test: &TestApp) -> Vec<(String, String)> {
    let mut owner = owner(test).await;
    let tables: Vec<String> =
        sqlx::query_scalar("select table_name::text from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'")
            .fetch_all(&mut owner)
            .await
            .unwrap();
    assert!(tables.len() > 15, "{tables:?}");
    let mut rows = Vec::new();
    for table in tables {
        // The mail itself holds what is mailed; everything else of its row is looked at.
        let row = if table == "outbox" { "(to_jsonb(t) - 'text_body' - 'html_body')::text" } else { "t::text" };
        let sql = format!("select {row} from \"{table}\" t");
        let texts: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut owner).await.unwrap();
        rows.extend(texts.into_iter().map(|text| (table.clone(), text)));
    }
    rows
}

fn hex(text: &str) -> String {
    common_ground::server::state::hex(text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_and_no_code_is_stored() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let (code, link) = ask(&test, &mut browser, ROBIN).await;
    let bound = browser.cookies["browser"].clone();
    assert!(link.len() >= 32 && bound.len() >= 32, "{link} {bound}");
    let waiting = everything(&test).await;
    browser.post(CODE, &[("code", &code)]).await;
    let session = browser.cookies["session"].clone();
    // A try that is wrong, and a second code that waits.
    ask(&test, &mut browser, ROBIN).await;
    browser.post(CODE, &[("code", "000000")]).await;
    browser.post("/api/sign-in/link", &[("token", "0123456789abcdef0123456789abcdef")]).await;
    browser.post("/api/sign-in/out", &[]).await;

    let found: Vec<_> = everything(&test).await.into_iter().chain(waiting).collect();
    assert!(
        found.iter().any(|(table, _)| table == "sessions") && found.iter().any(|(table, _)| table == "sign_in_codes")
    );
    for (table, row) in found {
        for (what, secret) in [("session", &session), ("link", &link), ("browser", &bound)] {
            let (plain, digits) = (secret.as_str(), hex(secret));
            assert!(!row.contains(plain) && !row.contains(&digits), "the token of the {what} stands in {table}: {row}");
        }
        // Six digits may stand by chance in an id; outside of hashes and ids there are few.
        if table == "audit_events" {
            assert!(!row.contains(&format!("\"{code}\"")) && !row.contains(ROBIN), "{row}");
        }
    }
}

/// A code is six digits: a plain hash of it could be tried out in a second, so it is keyed.
#[tokio::test(flavor = "multi_thread")]
async fn the_hash_of_a_code_is_keyed() {
    let test = TestApp::new().await;
    let mut browser = test.browser();
    let (code, link) = ask(&test, &mut browser, ROBIN).await;
    let (code_hash, link_hash, browser_hash): (Vec<u8>, Vec<u8>, Vec<u8>) =
        sqlx::query_as("select code_hash, link_hash, browser_hash from sign_in_codes")
            .fetch_one(test.pool())
            .await
            .unwrap();
    assert_eq!(code_hash, mac(&test.app.keys.codes, code.as_bytes()));
    assert_ne!(code_hash, sha256(code.as_bytes()));
    assert_eq!(link_hash, sha256(link.as_bytes()));
    assert_eq!(browser_hash, sha256(browser.cookies["browser"].as_bytes()));
}

/// Sign-in and refusals are written down, without addresses.
#[tokio::test(flavor = "multi_thread")]
async fn the_trail_names_accounts_and_no_addresses() {
    let test = TestApp::new().await;
    let mut browser = test.signed_in(ROBIN).await;
    browser.post("/api/sign-in/out", &[]).await;
    let trail: Vec<(String, String)> =
        sqlx::query_as("select action, concat_ws(' ', actor, subject, detail::text) from audit_events order by at, id")
            .fetch_all(test.pool())
            .await
            .unwrap();
    let actions: Vec<_> = trail.iter().map(|(action, _)| action.as_str()).collect();
    for action in ["code asked for", "account added", "session begun", "session ended"] {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
    assert!(trail.iter().all(|(_, rest)| !rest.contains('@')), "{trail:?}");
}

/// What the browser gets never says more than it must: no token in a page, in JSON or in an address.
#[tokio::test(flavor = "multi_thread")]
async fn no_answer_shows_the_session() {
    let test = TestApp::demo().await;
    let mut browser = test.signed_in("wren@example.org").await;
    let (session, bound) = (browser.cookies["session"].clone(), browser.cookies["browser"].clone());
    for page in ["/", "/groups", "/program", "/sign-in", "/sign-in/code", "/help-now"] {
        let answer = browser.get(page).await;
        for secret in [&session, &bound] {
            assert!(!answer.body.contains(secret.as_str()), "{page}");
            let told = answer
                .headers
                .values()
                .any(|value| String::from_utf8_lossy(value.as_bytes()).contains(secret.as_str()));
            assert!(!told, "{page} sends the cookie again");
        }
    }
}
