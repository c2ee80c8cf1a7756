//! Deletion: at once, in one transaction with what it means for the line, and truthful about what stays.

use super::{address::link, mailed};
use crate::{
    seats::{House, address, assert_confirmed, confirm, hold, refusal},
    support::Browser,
};
use axum::http::StatusCode;
use common_ground::error::AppError;

const DELETE: &str = "/api/account/delete";

pub async fn delete(browser: &mut Browser) -> crate::support::Answer {
    browser.post(DELETE, &[("sure", "true")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_go_on_places_end_and_only_the_record_stays() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    house.fill("g0", 7).await;
    house.member("wren").await;
    house.wait("wren", "g0").await;
    hold(&mut robin, "g1").await;
    house.offer("robin", "g2").await;
    house.member("ida").await;
    house.wait("ida", "g2").await;
    house.fill("g2", 7).await;
    robin.call("/api/account/calendar-make", &[]).await;
    robin.call("/api/account/address", &[("email", "robin.new@example.org")]).await;
    let account = house.account("robin").await;

    let page = robin.get("/account/delete").await;
    for words in [
        "Circle g0",
        "goes to the next in line at once",
        "Your legal name and date of birth",
        "The agreements you signed",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert!(
        page.body.find("Keep my account").unwrap() < page.body.find("Delete my account<").unwrap(),
        "the safe answer first"
    );
    // Not ticked: nothing happens.
    let asked = robin.submit(DELETE, &[]).await;
    assert!(asked.body.contains("id=\"sure-error\""), "{}", asked.body);
    assert_eq!(house.count("select count(*) from accounts where deleted_at is not null").await, 0);

    let mut twin = robin.clone();
    let gone = delete(&mut robin).await;
    assert_eq!((gone.status, gone.location()), (StatusCode::FOUND, Some("/account/deleted")), "{}", gone.body);
    assert!(!robin.cookies.contains_key("session"));
    // The same form again is the same deletion.
    let again = delete(&mut twin).await;
    assert_eq!((again.status, again.location()), (StatusCode::FOUND, Some("/account/deleted")), "{}", again.body);
    assert_eq!(house.count("select count(*) from audit_events where action = 'account deleted'").await, 1);
    assert_eq!(twin.call("/api/program/get", &[]).await.status, StatusCode::UNAUTHORIZED);

    // No worker has run: the seats are offered on.
    assert!(house.offer_of("wren", "g0").await.is_some());
    assert!(house.offer_of("ida", "g2").await.is_some());
    assert_eq!(house.seat_of("wren", "g0").await.as_deref(), Some("offered"));
    for (what, sql) in [
        ("seats", "select count(*) from seats s join accounts a on a.id = s.member_id where a.deleted_at is not null"),
        (
            "lines",
            "select count(*) from waiting_entries w join accounts a on a.id = w.member_id where a.deleted_at is not null and ended_at is null",
        ),
        (
            "offers",
            "select count(*) from offers o join accounts a on a.id = o.member_id where a.deleted_at is not null and closed_at is null",
        ),
        (
            "drafts, holds, feeds, changes",
            "select (select count(*) from drafts) + (select count(*) from calendar_feeds) + (select count(*) from address_changes) + (select count(*) from holds h join accounts a on a.id = h.member_id where a.deleted_at is not null)",
        ),
        (
            "sessions",
            "select count(*) from sessions s join accounts a on a.id = s.account_id where a.deleted_at is not null and (revoked_at is null or device <> '')",
        ),
        (
            "her address",
            "select (select count(*) from accounts where email like 'robin%') + (select count(*) from sign_in_codes where email like 'robin%') + (select count(*) from outbox where to_address like 'robin%' and kind <> 'account_deleted')",
        ),
    ] {
        assert_eq!(house.count(sql).await, 0, "{what} are left");
    }
    let ended: Vec<String> = sqlx::query_scalar(
        "select end_reason from reservations where member_id = $1 union all select end_reason from waiting_entries where member_id = $1",
    )
    .bind(account)
    .fetch_all(&house.owner)
    .await
    .unwrap();
    assert_eq!(ended, ["account deleted", "account deleted"]);
    let left: (Option<String>, Option<String>, Option<String>, Option<String>, bool) = sqlx::query_as(
        "select display_name, phone, contact_name, legal_name, born_on is not null from members where account_id = $1",
    )
    .bind(account)
    .fetch_one(&house.owner)
    .await
    .unwrap();
    assert_eq!(left, (None, None, None, Some("Robin Ashby".to_owned()), true), "what the page said that stays");
    assert_eq!(house.count("select count(*) from agreements").await, 3);
    // One last mail, and nothing that had not left.
    let last = mailed(&house, &address("robin"), "account_deleted").await;
    assert_eq!(last.len(), 1);
    assert!(!last[0].contains("Circle g0") && !last[0].contains("Robin"), "{}", last[0]);
    house.test.work().await;
    let sent = house.test.mails(&address("robin"));
    assert_eq!(
        sent.len(),
        1,
        "{:?}",
        sent.iter().map(|mail| mail.header("subject").map(ToOwned::to_owned)).collect::<Vec<_>>()
    );

    // The same address begins anew.
    let mut anew = house.test.signed_in(&address("robin")).await;
    assert_ne!(house.account("robin").await, account);
    let page = anew.get("/account").await;
    assert!(page.body.contains("Not told yet") && !page.body.contains("Robin Ashby"), "{}", page.body);
}

/// Mails in which a word or an address stands, apart from the last one.
async fn mails_with(house: &House, word: &str) -> Vec<String> {
    sqlx::query_scalar(
        "select kind from outbox where kind <> 'account_deleted'
           and (to_address like $1 or subject like $1 or text_body like $1 or html_body like $1) order by kind",
    )
    .bind(format!("%{word}%"))
    .fetch_all(&house.owner)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_address_of_hers_is_left_or_written_to() {
    for purged in [false, true] {
        let house = House::new().await;
        let mut robin = house.member("robin").await;
        let mut change = async |from: &str, to: &str, confirms: bool| {
            robin = house.test.signed_in(from).await;
            robin.call("/api/account/address", &[("email", to)]).await;
            for (email, kind) in [(from, "address_old"), (to, "address_new")].into_iter().filter(|_| confirms) {
                let token = link(&house, email, kind).await;
                robin.submit("/api/account/address-confirm", &[("token", &token)]).await;
            }
        };
        change("robin@example.org", "robin.second@example.org", true).await;
        change("robin.second@example.org", "robin.third@example.org", false).await;
        assert_eq!(mailed(&house, "robin@example.org", "address_changed").await.len(), 1);
        assert_eq!(mailed(&house, "robin.third@example.org", "address_new").await.len(), 1);
        if purged {
            // The mails are kept for longer than what they tell of.
            house.change("delete from address_changes").await;
        }
        // Another account's mail to the same new address is none of hers.
        let mut wren = house.member("wren").await;
        wren.call("/api/account/address", &[("email", "robin.third@example.org")]).await;
        let sent = || {
            ["robin@example.org", "robin.second@example.org", "robin.third@example.org"]
                .map(|email| house.test.mails(email).len())
        };
        let before = sent();
        delete(&mut robin).await;
        assert_eq!(mails_with(&house, "robin").await, ["address_new", "address_old"], "of the other account");
        house.test.work().await;
        let after = [before[0], before[1] + 1, before[2] + 1];
        assert_eq!(sent(), after, "the last mail, and that of the other account");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn her_questions_go_and_a_strangers_words_stay_without_her_address() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    let ask = async |browser: &mut Browser, email: &str, question: &str| {
        let key = common_ground::server::state::new_key().to_string();
        let pairs = [("key", key.as_str()), ("name", "Somebody"), ("email", email), ("question", question)];
        assert_eq!(browser.call("/api/contact/ask", &pairs).await.status, StatusCode::OK);
    };
    ask(&mut robin, "robin.elsewhere@example.org", "Mine, with another address").await;
    ask(&mut house.test.browser(), "robin@example.org", "Qanary of a stranger").await;
    ask(&mut house.test.browser(), "wren@example.org", "Of somebody else").await;
    assert_eq!(mails_with(&house, "Qanary of a stranger").await, ["contact_question"]);
    let page = robin.get("/account/delete").await;
    for words in ["Questions you asked the practice while you were signed in", "without the address", "by mail"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    delete(&mut robin).await;
    let left: Vec<(String, String)> = sqlx::query_as("select email, question from contact_questions order by asked_at")
        .fetch_all(&house.owner)
        .await
        .unwrap();
    let expected = [("erased@deleted.invalid", "Qanary of a stranger"), ("wren@example.org", "Of somebody else")];
    assert_eq!(left, expected.map(|(email, question)| (email.to_owned(), question.to_owned())));
    // The office's copies: hers, and the one with her address.
    for word in ["robin", "Mine, with another address", "Qanary of a stranger"] {
        assert_eq!(mails_with(&house, word).await, Vec::<String>::new(), "{word}");
    }
    assert_eq!(mails_with(&house, "Of somebody else").await, ["contact_question"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_never_had_a_seat_leaves_no_name() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    let page = robin.get("/account/delete").await;
    assert!(!page.body.contains("Your legal name and date of birth"), "{}", page.body);
    delete(&mut robin).await;
    let left = "select (select count(*) from members) + (select count(*) from agreements)";
    assert_eq!(house.count(left).await, 0);
    assert_eq!(house.seat_of("robin", "g0").await, None);
    assert_eq!(house.count("select count(*) from seats where state <> 'free'").await, 0);
}

/// A hold, a confirmation, a line and a deletion of the same member at once, many times: afterwards nobody who is deleted
/// has anything.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_by_somebody_who_is_gone() {
    let house = House::new().await;
    house.fill("g1", 8).await;
    for round in 0..12 {
        let name = format!("racer{round}");
        let browser = house.ready(&name, "g0").await;
        let tasks: Vec<_> = (0..7)
            .map(|task| {
                let mut browser = browser.clone();
                tokio::spawn(async move {
                    match task {
                        0 => delete(&mut browser).await.status,
                        1 => confirm(&mut browser, "g0").await.status,
                        2 => hold(&mut browser, "g3").await.status,
                        3 => {
                            let key = common_ground::server::state::new_key().to_string();
                            let pairs = [("slug", "g1"), ("key", &*key), ("state", "NY"), ("adult", "true")];
                            browser.call("/api/waiting/join", &pairs).await.status
                        }
                        4 => {
                            let pairs = [("display_name", "Still here"), ("state", "NY"), ("zone", "America/New_York")];
                            browser.call("/api/account/profile", &pairs).await.status
                        }
                        5 => browser.call("/api/preferences/zone", &[("zone", "America/Phoenix")]).await.status,
                        _ => browser.call("/api/account/calendar-make", &[]).await.status,
                    }
                })
            })
            .collect();
        for task in tasks {
            let status = task.await.unwrap();
            assert!(status != StatusCode::INTERNAL_SERVER_ERROR, "round {round}: {status}");
        }
        // The one that lost three times over may be tried again.
        let mut late = browser.clone();
        delete(&mut late).await;
    }
    assert_eq!(house.count("select count(*) from accounts where email like 'racer%'").await, 0);
    let left = "select (select count(*) from seats s join accounts a on a.id = s.member_id where a.deleted_at is not null)
        + (select count(*) from reservations r join accounts a on a.id = r.member_id where a.deleted_at is not null and ended_at is null)
        + (select count(*) from waiting_entries w join accounts a on a.id = w.member_id where a.deleted_at is not null and ended_at is null)
        + (select count(*) from calendar_feeds f join accounts a on a.id = f.account_id where a.deleted_at is not null)
        + (select count(*) from members m join accounts a on a.id = m.account_id
           where a.deleted_at is not null and coalesce(m.display_name, m.phone, m.state, m.zone) is not null)
        + (select count(*) from sessions s join accounts a on a.id = s.account_id where a.deleted_at is not null and revoked_at is null)";
    assert_eq!(house.count(left).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_to_write_for_a_deleted_account() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    let account = house.account("robin").await;
    delete(&mut robin).await;
    for sql in [
        "insert into sessions (id, token_hash, account_id, idle_seconds, expires_at) values (gen_random_uuid(), 'x', $1, 60, now())",
        "insert into members (account_id) values ($1)",
        "insert into waiting_entries (id, group_id, member_id) select gen_random_uuid(), id, $1 from groups limit 1",
        "insert into calendar_feeds (account_id, token_hash) values ($1, 'x')",
        "insert into contact_questions (id, name, email, question, account_id) values (gen_random_uuid(), 'R', 'r@x.org', 'q', $1)",
    ] {
        let error = sqlx::query(sql).bind(account).execute(&house.owner).await.unwrap_err();
        assert_eq!(common_ground::store::named_constraint(&error), Some("account_is_living"), "{sql}: {error}");
    }
    let alive =
        sqlx::query("update accounts set deleted_at = null where id = $1").bind(account).execute(&house.owner).await;
    assert_eq!(common_ground::store::named_constraint(&alive.unwrap_err()), Some("accounts_deleted_has_no_address"));
    assert_eq!(refusal(&robin.call(DELETE, &[("sure", "true")]).await), AppError::SignInNeeded, "without the cookie");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_mail_takes_her_meetings_out_of_her_calendar() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    house.lives("robin", "NY").await;
    house.seat("robin", "g1").await;
    // Whoever never had a seat has nothing to take out.
    let mut ida = house.member("ida").await;
    house.wait("ida", "g2").await;
    let coming = "select count(*) from meetings m join groups g on g.id = m.group_id where slug in ('g0', 'g1') and starts_at > now()";
    let coming = usize::try_from(house.count(coming).await).unwrap();
    assert!(coming > 15, "{coming}");
    delete(&mut robin).await;
    delete(&mut ida).await;
    house.test.work().await;
    let file = |name: &str| house.test.mails(&address(name)).pop().expect("the last mail").calendar;
    let text = file("robin").expect("a calendar file");
    assert!(text.contains("METHOD:CANCEL"), "{text}");
    assert_eq!(text.matches("STATUS:CANCELLED").count(), coming, "{text}");
    assert!(!text.contains("Circle g") && !text.contains("obin"), "{text}");
    if let Some(read) = crate::post::calendars::read(&text) {
        assert_eq!(read.method.as_deref(), Some("CANCEL"));
        assert!(read.events.len() == coming && read.events.iter().all(|one| one.sequence > 0), "{read:?}");
    }
    assert_eq!(file("ida"), None);
}
