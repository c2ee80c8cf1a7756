//! What the tables refuse, whoever asks, and what is written down.

use super::{House, SEATS, assert_confirmed, assert_held, confirm, hold, let_go, renew};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// The name of the constraint that refuses a statement of the superuser.
async fn refused(house: &House, sql: &str) -> String {
    let mut connection = PgConnection::connect(&house.test.owner_url).await.unwrap();
    let error = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect_err(sql);
    let error = error.into_database_error().expect("the database's own word");
    error.constraint().unwrap_or_else(|| panic!("{sql}: {error}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_typed_statement_cannot_make_a_ninth_seat() {
    let house = House::new().await;
    house.fill("g0", SEATS).await;
    for (number, constraint) in [
        (0, "seats_seat_no_check"),
        (9, "seats_within_capacity"),
        (12, "seats_within_capacity"),
        (13, "seats_within_capacity"),
    ] {
        let added = format!("insert into seats (group_id, seat_no) select id, {number} from groups where slug = 'g0'");
        assert_eq!(refused(&house, &added).await, constraint, "{number}");
        let moved = format!(
            "update seats set seat_no = {number} where seat_no = 8 and group_id = (select id from groups where slug = 'g0')"
        );
        assert_eq!(refused(&house, &moved).await, constraint, "{number}");
    }
    assert_eq!(house.seats("g0").await.len(), SEATS);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_number_is_there_once() {
    let house = House::new().await;
    let again = "insert into seats (group_id, seat_no) select id, 8 from groups where slug = 'g0'";
    assert_eq!(refused(&house, again).await, "seats_pkey");
    let moved =
        "update seats set seat_no = 8 where seat_no = 7 and group_id = (select id from groups where slug = 'g0')";
    assert_eq!(refused(&house, moved).await, "seats_pkey");
}

#[tokio::test(flavor = "multi_thread")]
async fn state_and_columns_of_a_seat_belong_together() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    house.seat("robin", "g1").await;
    for (sql, constraint) in [
        ("update seats set held_until = null where state = 'held'", "seats_held_has_end"),
        ("update seats set member_id = null where state = 'held'", "seats_held_has_end"),
        ("update seats set hold_id = null where state = 'held'", "seats_held_has_end"),
        ("update seats set held_at = null where state = 'held'", "seats_held_has_end"),
        ("update seats set state = 'offered' where state = 'held'", "seats_offered_has_offer"),
        ("update seats set state = 'held' where state = 'free' and seat_no = 5", "seats_held_has_end"),
        ("update seats set state = 'free' where state = 'held'", "seats_free_is_empty"),
        (
            "update seats set member_id = (select id from accounts limit 1) where state = 'free' and seat_no = 5",
            "seats_free_is_empty",
        ),
        ("update seats set held_until = now() where state = 'free' and seat_no = 5", "seats_free_is_empty"),
        ("update seats set state = 'reserved' where state = 'held'", "seats_reserved_has_reservation"),
        ("update seats set reservation_id = null where state = 'reserved'", "seats_reserved_has_reservation"),
        ("update seats set held_until = now() where state = 'reserved'", "seats_reserved_has_reservation"),
        ("update seats set state = 'sold' where state = 'held'", "seats_state_check"),
        ("update seats set renewals = 11 where state = 'held'", "seats_renewals_check"),
    ] {
        assert_eq!(refused(&house, sql).await, constraint, "{sql}");
    }
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("held"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_two_seats_in_a_group_and_no_reservation_two_seats() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    house.seat("robin", "g1").await;
    let second_hold =
        "update seats s set state = 'held', member_id = h.member_id, hold_id = gen_random_uuid(), held_at = now(),
         held_until = now() + interval '1 minute'
       from seats h where h.state = 'held' and s.group_id = h.group_id and s.seat_no = 8";
    assert_eq!(refused(&house, second_hold).await, "seats_member_key");
    let beside_a_reservation = second_hold.replace("h.state = 'held'", "h.state = 'reserved'");
    assert_eq!(refused(&house, &beside_a_reservation).await, "seats_member_key");
    let same_hold = second_hold
        .replace("gen_random_uuid()", "h.hold_id")
        .replace("s.group_id = h.group_id", "s.group_id <> h.group_id");
    assert_eq!(refused(&house, &same_hold).await, "seats_hold_key");
    let twice = "update seats s set state = 'reserved', member_id = r.member_id, reservation_id = r.reservation_id
       from seats r where r.state = 'reserved' and s.group_id <> r.group_id and s.seat_no = 8";
    assert_eq!(refused(&house, twice).await, "seats_reservation_key");
    let second_reservation = "insert into reservations (id, reference, group_id, member_id)
       select gen_random_uuid(), 'CG another', group_id, member_id from reservations";
    assert_eq!(refused(&house, second_reservation).await, "reservations_active_key");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_to_a_seat_is_written_down_with_who_did_it() {
    let house = House::new().await;
    let mut robin = house.ready("robin", "g0").await;
    renew(&mut robin, "g0").await;
    assert_confirmed(&confirm(&mut robin, "g0").await, "g0");
    let mut wren = house.member("wren").await;
    assert_held(&hold(&mut wren, "g0").await, "g0");
    let_go(&mut wren, "g0").await;
    // Nothing to let go is nothing to write down.
    let_go(&mut wren, "g0").await;

    let events: Vec<(String, String)> = sqlx::query_as(
        "select actor, action from audit_events where subject = $1 and actor <> 'operator' order by at, id",
    )
    .bind(house.group("g0").await.to_string())
    .fetch_all(&house.owner)
    .await
    .unwrap();
    let of = |who: String| -> Vec<&str> {
        events.iter().filter(|(actor, _)| *actor == who).map(|(_, action)| action.as_str()).collect()
    };
    let hers = of(house.account("robin").await.to_string());
    assert_eq!(sorted(hers), ["hold renewed", "seat held", "seat reserved"]);
    assert_eq!(sorted(of(house.account("wren").await.to_string())), ["hold let go", "seat held"]);
    assert_eq!(events.len(), 5, "{events:?}");
    // Who did what, and never what she told.
    for told in ["Robin", "Ashby", "1991-03-09", "555 010", "@example.org"] {
        let sql = "select count(*) from audit_events where detail::text like '%' || $1 || '%' or subject like '%' || $1 || '%'";
        let rows: i64 = sqlx::query_scalar(sql).bind(told).fetch_one(&house.owner).await.unwrap();
        assert_eq!(rows, 0, "{told}");
    }
}

/// A refused wish leaves no event: the event belongs to what it records.
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_leaves_no_event_of_a_seat() {
    let house = House::new().await;
    house.fill("g0", SEATS).await;
    let mut robin = house.member("robin").await;
    super::refusal(&hold(&mut robin, "g0").await);
    super::refusal(&renew(&mut robin, "g0").await);
    let sql = "select count(*) from audit_events where action in ('seat held', 'seat reserved', 'hold renewed', 'hold let go')";
    assert_eq!(house.count(sql).await, 0);
}

fn sorted(mut words: Vec<&str>) -> Vec<&str> {
    words.sort_unstable();
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_cannot_be_changed_by_the_application_or_the_superuser() {
    let house = House::new().await;
    let mut robin = house.member("robin").await;
    assert_held(&hold(&mut robin, "g0").await, "g0");
    let trail = "select string_agg(t::text, e'\\n' order by id) from audit_events t";
    let before: String = sqlx::query_scalar(trail).fetch_one(&house.owner).await.unwrap();
    assert!(before.contains("seat held"));
    let application = house.test.app.settings.database_url.clone().unwrap();
    for url in [&house.test.owner_url, &application] {
        for sql in [
            "update audit_events set actor = 'nobody'",
            "update audit_events set at = at where action = 'seat held'",
            "delete from audit_events",
            "delete from audit_events where action = 'seat held'",
            "truncate audit_events",
            "truncate audit_events restart identity cascade",
        ] {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let error = sqlx::raw_sql(sql).execute(&mut connection).await.expect_err(sql);
            let code = error.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned));
            // The trigger's own code; the application has not even the right to try.
            let expected: &[&str] = if *url == application { &["23001", "42501"] } else { &["23001"] };
            assert!(code.as_deref().is_some_and(|code| expected.contains(&code)), "{sql}: {error}");
        }
    }
    let after: String = sqlx::query_scalar(trail).fetch_one(&house.owner).await.unwrap();
    assert_eq!(before, after);
}
