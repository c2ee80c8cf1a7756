//! Accounts: whoever can sign in.

use super::{Conn, Failure, audit};
use crate::domain::{email::Email, ids::AccountId};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What an account may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Role {
    /// Holds seats in groups.
    Member,
    /// Leads groups.
    Therapist,
    /// Keeps the practice in order.
    Office,
}

impl Role {
    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Therapist => "therapist",
            Self::Office => "office",
        }
    }

    /// Reads the word; anything unknown is a member, who may do least.
    pub fn parse(code: &str) -> Self {
        match code {
            "therapist" => Self::Therapist,
            "office" => Self::Office,
            _ => Self::Member,
        }
    }
}

/// The account of an address; made when there is none. Tells whether it was made.
pub async fn find_or_add(conn: &mut Conn, email: &Email) -> Result<(AccountId, Role, bool), Failure> {
    let added = sqlx::query_scalar!(
        "insert into accounts (id, email) values (gen_random_uuid(), $1) on conflict (email) do nothing returning id",
        email.as_str()
    )
    .fetch_optional(&mut *conn)
    .await?;
    let row =
        sqlx::query!("select id, role from accounts where email = $1", email.as_str()).fetch_one(&mut *conn).await?;
    if added.is_some() {
        audit::record(conn, "account added", row.id, json!({})).await?;
    }
    Ok((AccountId(row.id), Role::parse(&row.role), added.is_some()))
}

/// Whether an address has an account.
pub async fn is_known(executor: impl sqlx::PgExecutor<'_>, email: &Email) -> Result<bool, Failure> {
    let known =
        sqlx::query_scalar!(r#"select exists(select 1 from accounts where email = $1) as "known!""#, email.as_str())
            .fetch_one(executor)
            .await?;
    Ok(known)
}

/// The account of an address, if there is one.
pub async fn find(executor: impl sqlx::PgExecutor<'_>, email: &Email) -> Result<Option<AccountId>, Failure> {
    let id = sqlx::query_scalar!("select id from accounts where email = $1", email.as_str())
        .fetch_optional(executor)
        .await?;
    Ok(id.map(AccountId))
}

/// Waits for a deletion of the account that is under way, and makes one that comes later wait; fails when it is deleted.
/// What is written for an account asks this first, so that the two take their locks in the same order.
pub async fn stay(conn: &mut Conn, account: AccountId) -> Result<(), Failure> {
    sqlx::query!("select id from accounts where id = $1 and deleted_at is null for key share", account.0)
        .fetch_optional(conn)
        .await?
        .map(drop)
        .ok_or_else(Failure::deleted)
}

/// The same for whoever has this address, if anybody: for what is written before it is known for whom.
pub async fn stay_of(conn: &mut Conn, email: &str) -> Result<(), Failure> {
    sqlx::query!("select id from accounts where email = $1 for key share", email).fetch_optional(conn).await?;
    Ok(())
}

/// Takes the row of the account for itself: whoever writes for it has finished, and whoever comes later waits. Gives the
/// address it has now; `None` when it is deleted.
pub async fn lock(conn: &mut Conn, account: AccountId) -> Result<Option<Email>, Failure> {
    let email =
        sqlx::query_scalar!("select email from accounts where id = $1 and deleted_at is null for update", account.0)
            .fetch_optional(conn)
            .await?;
    Ok(email.and_then(|email| Email::parse(&email).ok()))
}

/// Gives an address a role; the account is made when there is none.
pub async fn set_role(conn: &mut Conn, email: &Email, role: Role) -> Result<AccountId, Failure> {
    let (id, _, _) = find_or_add(conn, email).await?;
    sqlx::query!("update accounts set role = $2 where id = $1", id.0, role.code()).execute(&mut *conn).await?;
    audit::record(conn, "role given", id, json!({ "role": role.code() })).await?;
    Ok(id)
}

/// The address of an account, if there is such an account.
pub async fn email_of(executor: impl sqlx::PgExecutor<'_>, account: AccountId) -> Result<Option<Email>, Failure> {
    let email =
        sqlx::query_scalar!("select email from accounts where id = $1", account.0).fetch_optional(executor).await?;
    Ok(email.and_then(|email| Email::parse(&email).ok()))
}
