//! A hold looks first and takes then: what it takes is proved and judged again under the locks of the rest of the program,
//! and where something has moved in between nothing is done.

use super::{House, SEATS, assert_held, hold, names, refusal, token};
use common_ground::{
    domain::ids::{GroupId, IdempotencyKey},
    error::AppError,
    server::state::new_key,
    store::{
        Actor, Conn, Lent, Tx,
        holds::{self, Ground, Seen, Taken, Taking, Wish},
        locks,
        sessions::{Member, TokenHash},
    },
};
use sqlx::{Connection as _, PgConnection};
use std::sync::Arc;
use uuid::Uuid;

const TAKING: Taking<'static> = Taking { seconds: 600, among: None, told: None, answer: "/reserve/g0/about" };

fn wish(token: TokenHash, slug: &str) -> Wish {
    Wish { token, key: IdempotencyKey(new_key()), slug: slug.to_owned() }
}

async fn look(house: &House, wish: &Wish) -> Result<Box<Ground>, AppError> {
    let (wish, now) = (wish.clone(), house.test.app.now());
    let work = move |mut conn: Lent| {
        let wish = wish.clone();
        async move {
            let Some(group) = holds::group(&mut conn, &wish.slug, now).await? else {
                return Ok((conn, Err(AppError::NotFound)));
            };
            let seen = holds::look(&mut conn, &wish, Arc::new(group), now).await?;
            Ok((conn, seen))
        }
    };
    match house.test.store().at_once(work).await?? {
        Seen::Ground(ground) => Ok(ground),
        Seen::Answered(path) => panic!("answered already: {path}"),
    }
}

/// Takes what was seen; over a connection of its own.
async fn take(house: &House, wish: &Wish, seen: &Ground) -> Result<Taken, AppError> {
    let mut conn = house.test.store().writes().acquire().await.unwrap();
    holds::take(&mut conn, wish, seen, &TAKING).await?
}

#[tokio::test]
async fn it_begins_for_a_member_who_is_signed_in_and_nobody_else() {
    let house = House::new().await;
    let wren = token(&house.member("wren").await);
    let begin = async |token, slug| look(&house, &wish(token, slug)).await.map(|_| ());
    assert_eq!(begin(wren, "g0").await, Ok(()));
    assert_eq!(begin([7; 32], "g0").await, Err(AppError::SignInNeeded));
    assert_eq!(begin(wren, "nowhere").await, Err(AppError::NotFound));
    assert_eq!(begin(wren, "g0\0").await, Err(AppError::NotFound));

    house.change("update accounts set role = 'therapist' where email like 'wren%'").await;
    assert_eq!(begin(wren, "g0").await, Err(AppError::Forbidden));
    house.change("update accounts set role = 'member' where email like 'wren%'").await;
    for end in [
        "update sessions set used_at = now() - interval '1 hour'",
        "update sessions set used_at = now(), expires_at = now()",
        "update sessions set expires_at = now() + interval '1 hour', revoked_at = now()",
    ] {
        let wish = wish(wren, "g0");
        let seen = look(&house, &wish).await.unwrap_or_else(|error| panic!("before {end}: {error}"));
        assert_eq!(house.change(end).await, 1);
        assert_eq!(begin(wren, "g0").await, Err(AppError::SignInNeeded), "{end}");
        // Whoever was signed in when she looked need not be when she takes.
        assert_eq!(take(&house, &wish, &seen).await, Err(AppError::SignInNeeded), "{end}");
        house
            .change("update sessions set used_at = now(), expires_at = now() + interval '1 hour', revoked_at = null")
            .await;
    }
    assert_eq!(house.count("select count(*) from holds").await, 0);
}

#[tokio::test]
async fn where_something_has_moved_nothing_is_done() {
    let house = House::new().await;
    let wren = token(&house.member("wren").await);
    let _ida = house.member("ida").await;
    house.change("insert into members (account_id, state, says_adult) select id, 'NY', true from accounts").await;
    for change in [
        "update groups set closes_on = current_date + 9 where slug = 'g0'",
        "update groups set confirm = 'after the leader''s look' where slug = 'g0'",
        "update groups set slug = 'elsewhere' where slug = 'g0'",
        "update members set state = 'OH' where account_id = (select id from accounts where email like 'wren%')",
        "delete from members where account_id = (select id from accounts where email like 'wren%')",
        "insert into waiting_entries (id, group_id, member_id)
         select gen_random_uuid(), g.id, a.id from groups g, accounts a where g.slug = 'g0' and a.email like 'ida%'",
        // What Ruth may do is another thing now; her groups stand for it.
        "update authorities set valid_to = valid_to - 1 where number = '1'",
        // The first meeting would be another one; and a later one is news of when the group meets as well.
        "update meetings set ends_at = ends_at + interval '5 minutes' where id = (select m.id from meetings m
         join groups g on g.id = m.group_id where g.slug = 'g0' and m.ends_at > now() order by m.starts_at limit 1)",
        "delete from meetings where id = (select m.id from meetings m
         join groups g on g.id = m.group_id where g.slug = 'g0' order by m.starts_at desc limit 1)",
        // Ida could be offered a seat from now on, or could not any more.
        "update members set state = 'OH' where account_id = (select id from accounts where email like 'ida%')",
    ] {
        house.change("update groups set slug = 'g0' where slug = 'elsewhere'").await;
        let wish = wish(wren, "g0");
        let seen = look(&house, &wish).await.unwrap();
        assert_eq!(house.change(change).await, 1, "{change}");
        assert_eq!(take(&house, &wish, &seen).await, Ok(Taken::Moved), "{change}");
    }
    assert_eq!(house.count("select count(*) from holds").await, 0);
    assert_eq!(house.count("select count(*) from seats where state <> 'free'").await, 0);
    assert_eq!(house.count("select count(*) from idempotency_keys").await, 0);
    assert_eq!(house.count("select count(*) from audit_events where action = 'seat held'").await, 0);
}

#[tokio::test]
async fn what_is_kept_of_a_group_turns_nobody_away_and_lets_nobody_in() {
    let house = House::new().await;
    let mut people = house.members(&names(8)).await;
    house.change("insert into members (account_id, state, says_adult) select id, 'NY', true from accounts").await;
    let mut tries = async || hold(&mut people.pop().unwrap(), "g0").await;
    assert_held(&tries().await, "g0");
    // Each of these comes from elsewhere, as far as this program knows.
    house.change("update authorities set valid_to = current_date - 1").await;
    assert!(matches!(refusal(&tries().await), AppError::NotEligible(_)));
    house.change("update authorities set valid_to = current_date + 400").await;
    assert_held(&tries().await, "g0");
    house.change("update groups set confirm = 'after the leader''s look' where slug = 'g0'").await;
    assert_eq!(refusal(&tries().await), AppError::GroupNotOpen);
    house.change("update groups set confirm = 'at once' where slug = 'g0'").await;
    assert_held(&tries().await, "g0");
    // Somebody waits for the last free seat, and it is hers.
    house.fill("g0", SEATS - 4).await;
    let joins = "insert into waiting_entries (id, group_id, member_id)
       select gen_random_uuid(), g.id, a.id from groups g, accounts a where g.slug = 'g0' and a.email like 'member-0@%'";
    assert_eq!(house.change(joins).await, 1);
    assert_eq!(refusal(&tries().await), AppError::SomebodyWaits);
    house.change("update waiting_entries set ended_at = now(), end_reason = 'left'").await;
    assert_held(&tries().await, "g0");
}

/// Whether the others would wait: for the group's lock shared, for it alone, and for her account.
async fn waits(other: &mut PgConnection, group: GroupId, member: &Member) -> [bool; 3] {
    let mut waits = [false; 3];
    for (number, waits) in waits.iter_mut().enumerate() {
        let mut tx = other.begin().await.unwrap();
        sqlx::query("set local lock_timeout = '100ms'").execute(&mut *tx).await.unwrap();
        let conn: &mut Conn = &mut tx;
        *waits = match number {
            0 => locks::shared(conn, group).await.is_err(),
            1 => locks::exclusive(conn, group).await.is_err(),
            _ => common_ground::store::seats::one_at_a_time(conn, member).await.is_err(),
        };
        tx.rollback().await.unwrap();
    }
    waits
}

#[tokio::test]
async fn its_locks_are_those_of_the_rest_of_the_program() {
    let house = House::new().await;
    let people = house.members(&names(2)).await;
    let (first, second) = (wish(token(&people[0]), "g0"), token(&people[1]));
    let mut other = PgConnection::connect(&house.test.owner_url).await.unwrap();
    let [here, elsewhere] = [GroupId(house.group("g0").await), GroupId(house.group("g1").await)];
    let seen = look(&house, &first).await.unwrap();
    let work = move |mut tx: Tx| async move {
        assert_eq!(holds::take(&mut tx, &first, &seen, &TAKING).await??, Taken::Held);
        assert_eq!(waits(&mut other, here, &seen.member).await, [false, true, true]);
        let stranger = common_ground::store::sessions::find(&mut other, &second).await?.unwrap().into_member().unwrap();
        assert_eq!(waits(&mut other, elsewhere, &stranger).await, [false; 3]);
        Ok::<_, AppError>((tx, ()))
    };
    house.test.store().write(Actor::Visitor, work).await.unwrap();
}

/// Each function that stays for programs which are older than the newest schema still does what they call it for.
#[tokio::test]
async fn what_older_programs_call_is_there() {
    let house = House::new().await;
    let robin = house.member("robin").await;
    let token = token(&robin);
    let url = house.test.app.settings.database_url.clone().unwrap();
    let mut program = PgConnection::connect(&url).await.unwrap();
    let (account, group) = (house.account("robin").await, house.group("g0").await);

    let begun: (Option<Uuid>, Option<Uuid>) =
        sqlx::query_as("select account_id, group_id from begin_deed($1, 'hold', $2, 7::bigint, 'g0')")
            .bind(&token[..])
            .bind(new_key())
            .fetch_one(&mut program)
            .await
            .unwrap();
    assert_eq!(begun, (Some(account), Some(group)));

    // Without the moments of the calendar.
    let held: Option<String> = sqlx::query_scalar(
        "select h.outcome from groups g, hold_seat($1, $2, 7::bigint, g.id, group_lock_key(g.id), g.xmin::text, null, null,
           null, 600::float8, true, true, 'NY', false, true, '\"/reserve/g0/about\"', 3::bigint, 3::bigint, 3::bigint) h
         where g.slug = 'g0'",
    )
    .bind(&token[..])
    .bind(new_key())
    .fetch_one(&mut program)
    .await
    .unwrap();
    assert_eq!(held.as_deref(), Some("held"));
    assert_eq!(house.seat_of("robin", "g0").await.as_deref(), Some("held"));

    house.member("wren").await;
    house.seat("wren", "g0").await;
    let clash: Option<String> = sqlx::query_scalar("select clashing_group($1, $2)")
        .bind(house.account("wren").await)
        .bind(house.group("twin").await)
        .fetch_one(&mut program)
        .await
        .unwrap();
    let title: String =
        sqlx::query_scalar("select title from groups where slug = 'g0'").fetch_one(&house.owner).await.unwrap();
    assert_eq!(clash, Some(title));
}
