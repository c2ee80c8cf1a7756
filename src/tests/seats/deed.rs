//! What a deed in a group begins with is done in the database in one go: the same proof, and the same locks as elsewhere.

use super::{House, names, token};
use common_ground::{
    domain::ids::{GroupId, IdempotencyKey},
    error::AppError,
    server::state::new_key,
    store::{
        Actor, Conn, Tx,
        deeds::{self, Begun},
        locks,
        sessions::{Member, TokenHash},
    },
};
use sqlx::{Connection as _, PgConnection};

async fn begin(house: &House, token: Option<TokenHash>, slug: &'static str) -> Result<GroupId, AppError> {
    let work = move |mut tx: Tx| async move {
        match deeds::begin::<String>(&mut tx, token, "hold", IdempotencyKey(new_key()), slug).await? {
            Begun::Open(_, group, _) => Ok((tx, group)),
            Begun::Answered(_) => Err(AppError::Internal),
        }
    };
    house.test.store().write(Actor::Visitor, work).await
}

#[tokio::test]
async fn it_begins_for_a_member_who_is_signed_in_and_nobody_else() {
    let house = House::new().await;
    let wren = token(&house.member("wren").await);
    assert_eq!(begin(&house, Some(wren), "g0").await, Ok(GroupId(house.group("g0").await)));
    assert_eq!(begin(&house, None, "g0").await, Err(AppError::SignInNeeded));
    assert_eq!(begin(&house, Some([7; 32]), "g0").await, Err(AppError::SignInNeeded));
    assert_eq!(begin(&house, Some(wren), "nowhere").await, Err(AppError::NotFound));
    assert_eq!(begin(&house, Some(wren), "g0\0").await, Err(AppError::NotFound));

    house.change("update accounts set role = 'therapist' where email like 'wren%'").await;
    assert_eq!(begin(&house, Some(wren), "g0").await, Err(AppError::Forbidden));
    house.change("update accounts set role = 'member' where email like 'wren%'").await;
    for end in [
        "update sessions set used_at = now() - interval '1 hour'",
        "update sessions set used_at = now(), expires_at = now()",
        "update sessions set expires_at = now() + interval '1 hour', revoked_at = now()",
    ] {
        assert!(begin(&house, Some(wren), "g0").await.is_ok(), "before {end}");
        assert_eq!(house.change(end).await, 1);
        assert_eq!(begin(&house, Some(wren), "g0").await, Err(AppError::SignInNeeded), "{end}");
        house
            .change("update sessions set used_at = now(), expires_at = now() + interval '1 hour', revoked_at = null")
            .await;
    }
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
    let (first, second) = (token(&people[0]), token(&people[1]));
    let mut other = PgConnection::connect(&house.test.owner_url).await.unwrap();
    let elsewhere = GroupId(house.group("g1").await);
    let work = move |mut tx: Tx| async move {
        let Begun::Open(member, group, _) =
            deeds::begin::<String>(&mut tx, Some(first), "hold", IdempotencyKey(new_key()), "g0").await?
        else {
            return Err(AppError::Internal);
        };
        assert_eq!(waits(&mut other, group, &member).await, [false, true, true]);
        let stranger = common_ground::store::sessions::find(&mut other, &second).await?.unwrap().into_member().unwrap();
        assert_eq!(waits(&mut other, elsewhere, &stranger).await, [false; 3]);
        Ok((tx, ()))
    };
    house.test.store().write(Actor::Visitor, work).await.unwrap();
}
