//! The plain case of a hold, in one round trip: what is plain is held, and whatever is not is left to be judged.

use super::{House, token};
use common_ground::{
    domain::{ids::IdempotencyKey, place::Place},
    server::state::new_key,
    store::{
        holds::{self, AtOnce, Wish},
        sessions::TokenHash,
    },
};

/// What becomes of a wish with this key, by the group as it stands now or as it stood before a change.
async fn at_once_with(
    house: &House,
    token: TokenHash,
    key: IdempotencyKey,
    typed: Option<&str>,
    change: Option<&'static str>,
) -> AtOnce {
    let now = house.test.app.now();
    let wish = Wish { token, key, slug: "g0".to_owned() };
    let mut conn = house.test.store().writes().acquire().await.unwrap();
    let group = holds::group(&mut conn, "g0", now).await.unwrap().unwrap();
    if let Some(change) = change {
        assert!(house.change(change).await > 0, "{change}");
    }
    let typed = typed.map(|place| Place::parse(place).unwrap());
    holds::at_once(&mut conn, &wish, &group, typed, 600, "/reserve/g0/about", now).await.unwrap()
}

async fn at_once(house: &House, token: TokenHash) -> AtOnce {
    at_once_with(house, token, IdempotencyKey(new_key()), None, None).await
}

#[tokio::test]
async fn what_is_plain_is_held_once_with_all_its_rows() {
    let house = House::new().await;
    let wren = token(&house.member("wren").await);
    assert_eq!(at_once(&house, wren).await, AtOnce::Look, "she has told nothing");
    house.lives("wren", "NY").await;
    let key = IdempotencyKey(new_key());
    assert_eq!(at_once_with(&house, wren, key, Some("NY"), None).await, AtOnce::Held);
    assert_eq!(house.seat_of("wren", "g0").await.as_deref(), Some("held"));
    for rows in [
        "select count(*) from holds where ended_at is null",
        "select count(*) from audit_events where action = 'seat held' and actor = (select id::text from accounts where email like 'wren%')",
        "select count(*) from idempotency_keys where action = 'hold' and answer = '\"/reserve/g0/about\"'",
        "select count(*) from seats where state = 'held' and held_until between now() + interval '9 minutes' and now() + interval '10 minutes'",
    ] {
        assert_eq!(house.count(rows).await, 1, "{rows}");
    }
    // The same form, and another one: both are told of the seat that she has.
    assert_eq!(at_once_with(&house, wren, key, None, None).await, AtOnce::Look);
    assert_eq!(at_once(&house, wren).await, AtOnce::Look);
    house
        .change("update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null")
        .await;
    assert_eq!(at_once_with(&house, wren, key, None, None).await, AtOnce::Look, "the form was answered");
    house.change("update holds set held_at = held_at - interval '2 days', ended_at = now(), outcome = 'let go'").await;
    house.change("update idempotency_keys set created_at = now() - interval '47 hours'").await;
    assert_eq!(at_once_with(&house, wren, key, None, None).await, AtOnce::Look, "and is for two days");
    assert_eq!(at_once(&house, wren).await, AtOnce::Held);
}

#[tokio::test]
async fn whatever_is_not_plain_is_left_to_be_judged_and_nothing_is_done() {
    let house = House::new().await;
    let wren = token(&house.member("wren").await);
    house.member("ida").await;
    house.lives("ida", "NY").await;
    for change in [
        "update sessions set revoked_at = now() where account_id = (select id from accounts where email like 'wren%')",
        "update sessions set expires_at = now() where account_id = (select id from accounts where email like 'wren%')",
        "update sessions set used_at = now() - interval '2 hours' where account_id = (select id from accounts where email like 'wren%')",
        "update accounts set role = 'therapist' where email like 'wren%'",
        "update members set state = 'OH' where account_id = (select id from accounts where email like 'wren%')",
        "update members set state = null, outside_us = true where account_id = (select id from accounts where email like 'wren%')",
        "update members set says_adult = false where account_id = (select id from accounts where email like 'wren%')",
        "update members set born_on = '1990-01-01' where account_id = (select id from accounts where email like 'wren%')",
        "update members set born_on = current_date - 5000 where account_id = (select id from accounts where email like 'wren%')",
        // The group is not as it was judged.
        "update groups set status = 'closed', closes_on = current_date where slug = 'g0'",
        "update groups set confirm = 'after the leader''s look' where slug = 'g0'",
        "update authorities set valid_to = valid_to - 1 where number = '1'",
        "update meetings set ends_at = now(), starts_at = now() - interval '1 hour' where id = (select m.id from meetings m
         join groups g on g.id = m.group_id where g.slug = 'g0' and m.ends_at > now() order by m.starts_at limit 1)",
        "insert into waiting_entries (id, group_id, member_id)
         select gen_random_uuid(), g.id, a.id from groups g, accounts a where g.slug = 'g0' and a.email like 'ida%'",
        // She sits elsewhere, or held too much.
        "with r as (insert into reservations (id, reference, group_id, member_id) select gen_random_uuid(), 'CG X', g.id, a.id
           from groups g, accounts a where g.slug = 'g3' and a.email like 'wren%' returning *)
         update seats s set state = 'reserved', member_id = r.member_id, reservation_id = r.id from r
         where s.group_id = r.group_id and s.seat_no = 1",
        "insert into holds (id, group_id, member_id, ended_at, outcome) select gen_random_uuid(), g.id, a.id, now(), 'let go'
         from groups g, accounts a where g.slug = 'g0' and a.email like 'wren%'",
        "update seats s set state = 'held', member_id = a.id, hold_id = gen_random_uuid(), held_at = now(), held_until = now() + interval '5 minutes'
         from accounts a, groups g where a.email like 'wren%' and g.id = s.group_id and g.slug in ('g3', 'g4', 'g5') and s.seat_no = 1",
        "update seats s set state = 'held', member_id = a.id, hold_id = gen_random_uuid(), held_at = now() - interval '1 hour', held_until = now() - interval '5 minutes'
         from accounts a, groups g where a.email like 'wren%' and g.id = s.group_id and g.slug = 'g0' and s.seat_no = 1",
    ] {
        house.lives("wren", "NY").await;
        assert_eq!(at_once_with(&house, wren, IdempotencyKey(new_key()), None, Some(change)).await, AtOnce::Look, "{change}");
        assert_eq!(house.count("select count(*) from audit_events where action = 'seat held'").await, 0, "{change}");
        for back in [
            "update sessions set revoked_at = null, expires_at = now() + interval '1 hour', used_at = now()",
            "update accounts set role = 'member' where email like 'wren%'",
            "update members set born_on = null, outside_us = false, says_adult = true, state = 'NY'",
            "update groups set status = 'open', closes_on = null, confirm = 'at once' where slug = 'g0'",
            "delete from waiting_entries",
            "update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, reservation_id = null",
            "delete from reservations",
            "delete from holds",
        ] {
            house.change(back).await;
        }
    }
    // Another place than the one that she told before is news, which has to be kept.
    assert_eq!(at_once_with(&house, wren, IdempotencyKey(new_key()), Some("NJ"), None).await, AtOnce::Look);
    // The way back was whole, so each of these was the reason.
    assert_eq!(at_once(&house, wren).await, AtOnce::Held);
}

#[tokio::test]
async fn a_full_group_is_said_to_be_full_only_to_whoever_might_sit_there() {
    let house = House::new().await;
    house.fill("g0", super::SEATS).await;
    let wren = token(&house.member("wren").await);
    house.lives("wren", "NY").await;
    assert_eq!(at_once(&house, wren).await, AtOnce::Full);
    let ohio = token(&house.member("ohio").await);
    house.lives("ohio", "OH").await;
    assert_eq!(at_once(&house, ohio).await, AtOnce::Look, "she is told why, and of what instead");
    // A hold that is over is a free seat.
    house
        .change(
            "update seats set state = 'held', hold_id = gen_random_uuid(), reservation_id = null, held_at = now() - interval '1 hour',
               held_until = now() - interval '1 second' where group_id = (select id from groups where slug = 'g0') and seat_no = 4",
        )
        .await;
    assert_eq!(at_once(&house, wren).await, AtOnce::Held);
}
