//! The advisory lock of a group: shared by hold, renew and confirm; exclusive for whatever changes the line or the
//! number of seats. Without it, "join the list" beside "release" left one free seat and one waiter for ever.
//!
//! Locks are taken in one order everywhere, so that no two transactions ever wait for each other:
//! 1. the rate bucket, and `practice load`'s own lock;
//! 2. the key of the form ([`idempotency`](super::idempotency));
//! 3. the locks of groups, by their ids where there are several;
//! 4. the row of the account: [`accounts::stay`](super::accounts::stay) where something is written for it,
//!    [`seats::one_at_a_time`](super::seats::one_at_a_time) where her limits count, [`accounts::lock`](super::accounts::lock)
//!    where its address changes or it goes;
//! 5. whatever hangs on these: seats, lines, offers, the profile, sessions, codes, a change of the address, mails.
//!
//! A row that names an account asks for the account's row by itself when it is inserted (the foreign key, and the trigger
//! `account_is_living`): whoever holds such a row already and inserts has to have done step 4 before.

use super::{Conn, Failure};
use crate::domain::ids::GroupId;
use std::ops::Deref;

/// Shows that the group's lock is held, shared or exclusive, until the transaction ends.
#[derive(Debug)]
pub struct GroupLock(());

/// First number of the lock that the speaker of the live seat counts holds for as long as its session lasts, see
/// [`live`](super::live). Locks of two numbers are never those of a group, which have one.
pub const SPEAKER: i32 = 1;

/// Shows that the lock is held exclusive: the line and the number of seats stand still for everybody else. It serves
/// wherever the shared one does.
#[derive(Debug)]
pub struct ExclusiveLock(GroupLock);

impl Deref for ExclusiveLock {
    type Target = GroupLock;

    fn deref(&self) -> &GroupLock {
        &self.0
    }
}

/// The number of a group's lock.
pub(super) fn key(group: GroupId) -> i64 {
    let (high, low) = group.0.as_u64_pair();
    i64::from_ne_bytes((high ^ low).to_ne_bytes())
}

/// Takes the lock shared.
pub async fn shared(conn: &mut Conn, group: GroupId) -> Result<GroupLock, Failure> {
    sqlx::query!("select pg_advisory_xact_lock_shared($1)", key(group)).execute(conn).await?;
    Ok(GroupLock(()))
}

/// Takes the lock exclusive.
pub async fn exclusive(conn: &mut Conn, group: GroupId) -> Result<ExclusiveLock, Failure> {
    sqlx::query!("select pg_advisory_xact_lock($1)", key(group)).execute(conn).await?;
    Ok(ExclusiveLock(GroupLock(())))
}
