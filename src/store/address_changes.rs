//! A new address for an account, confirmed at both: asked for, confirmed by mailed links, stopped. Whether the new one is
//! free decides the table's unique address and nothing else.

use super::{Conn, Failure, accounts, audit, named_constraint, sessions::Member};
use crate::domain::{email::Email, ids::AccountId};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::Connection as _;
use uuid::Uuid;

/// What the trail says when a change begins.
const ASKED_FOR: &str = "new address asked for";

/// SHA-256 of a mailed token.
pub type LinkHash = [u8; 32];

/// Begins a change and gives its id; one that was under way is replaced, and its links do nothing any more.
pub async fn begin(
    conn: &mut Conn,
    member: &Member,
    new: &Email,
    old_link: &LinkHash,
    new_link: &LinkHash,
    seconds: u32,
) -> Result<Uuid, Failure> {
    accounts::stay(&mut *conn, member.id()).await?;
    end_open(&mut *conn, member.id(), "replaced").await?;
    let id = sqlx::query_scalar!(
        "insert into address_changes (id, account_id, new_email, old_hash, new_hash, expires_at)
         values (gen_random_uuid(), $1, $2, $3, $4, now() + make_interval(secs => $5)) returning id",
        member.id().0,
        new.as_str(),
        &old_link[..],
        &new_link[..],
        f64::from(seconds)
    )
    .fetch_one(&mut *conn)
    .await?;
    audit::record(conn, ASKED_FOR, member.id(), json!({ "change": id })).await?;
    Ok(id)
}

/// Every change that was ever asked for, also those whose rows are gone: mails about them stay longer and went to addresses
/// that stand nowhere else. The trail knows them.
pub async fn all_of(conn: &mut Conn, account: AccountId) -> Result<Vec<String>, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select detail ->> 'change' as "change!" from audit_events
           where subject = $1 and action = $2 and action <> 'seat held' and detail ? 'change'"#,
        account.to_string(),
        ASKED_FOR
    )
    .fetch_all(conn)
    .await?)
}

async fn end_open(conn: &mut Conn, account: AccountId, why: &str) -> Result<bool, Failure> {
    let ended = sqlx::query!(
        "update address_changes set ended_at = now(), end_reason = $2 where account_id = $1 and ended_at is null",
        account.0,
        why
    )
    .execute(conn)
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// Stops the change that is under way. Nothing to stop is fine too.
pub async fn stop(conn: &mut Conn, member: &Member) -> Result<(), Failure> {
    if end_open(conn, member.id(), "stopped").await? {
        audit::record(conn, "new address stopped", member.id(), json!({})).await?;
    }
    Ok(())
}

/// A change that is under way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenChange {
    /// The new address.
    pub new_email: String,
    /// Whether the address she has was confirmed.
    pub old_confirmed: bool,
    /// Whether the new one was.
    pub new_confirmed: bool,
    /// When the links stop working.
    pub expires_at: DateTime<Utc>,
}

/// The change of an account that is under way.
pub async fn open_of(executor: impl sqlx::PgExecutor<'_>, account: AccountId) -> Result<Option<OpenChange>, Failure> {
    Ok(sqlx::query_as!(
        OpenChange,
        r#"select new_email, old_confirmed_at is not null as "old_confirmed!", new_confirmed_at is not null as "new_confirmed!",
             expires_at from address_changes
           where account_id = $1 and ended_at is null and expires_at > now()"#,
        account.0
    )
    .fetch_optional(executor)
    .await?)
}

/// Which of the two addresses a link was mailed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The one that the account has.
    Old,
    /// The new one.
    New,
}

/// What a mailed link is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Link {
    /// It works.
    Open {
        /// Where it was mailed.
        side: Side,
        /// The address that the account would have.
        new_email: String,
        /// Whether its button was pressed before.
        confirmed: bool,
    },
    /// Both have confirmed.
    Done,
    /// Another account has the new address.
    Taken,
}

/// What a token is about. Looking changes nothing.
pub async fn find(executor: impl sqlx::PgExecutor<'_>, token: &LinkHash) -> Result<Option<Link>, Failure> {
    let row = sqlx::query!(
        r#"select old_hash = $1 as "is_old!", new_email, end_reason, ended_at is null and expires_at > now() as "open!",
             case when old_hash = $1 then old_confirmed_at else new_confirmed_at end is not null as "confirmed!"
           from address_changes where old_hash = $1 or new_hash = $1"#,
        &token[..]
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.and_then(|row| match (row.end_reason.as_deref(), row.open) {
        (Some("done"), _) => Some(Link::Done),
        (Some("taken"), _) => Some(Link::Taken),
        (_, true) => Some(Link::Open {
            side: if row.is_old { Side::Old } else { Side::New },
            new_email: row.new_email,
            confirmed: row.confirmed,
        }),
        _ => None,
    }))
}

/// What pressing a link's button came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Confirmed {
    /// The link works no more.
    Over,
    /// Now the other address has to confirm.
    Half(Side),
    /// Both have; the account has the new address.
    Done {
        /// Which change.
        change: Uuid,
        /// Whose.
        account: AccountId,
        /// The address it had.
        old: String,
        /// The address it has.
        new: String,
    },
    /// Another account has the new address; nothing changed.
    Taken,
}

/// Confirms at one address; with the second the account gets the new one.
pub async fn confirm(conn: &mut Conn, token: &LinkHash) -> Result<Confirmed, Failure> {
    // Whose it is never changes, so it is read without a lock; her row comes before that of the change.
    let whose =
        sqlx::query_scalar!("select account_id from address_changes where old_hash = $1 or new_hash = $1", &token[..])
            .fetch_optional(&mut *conn)
            .await?;
    let Some(account) = whose.map(AccountId) else { return Ok(Confirmed::Over) };
    let Some(old) = accounts::lock(&mut *conn, account).await? else { return Ok(Confirmed::Over) };
    let row = sqlx::query!(
        r#"update address_changes set
             old_confirmed_at = case when old_hash = $1 then coalesce(old_confirmed_at, now()) else old_confirmed_at end,
             new_confirmed_at = case when new_hash = $1 then coalesce(new_confirmed_at, now()) else new_confirmed_at end
           where (old_hash = $1 or new_hash = $1) and ended_at is null and expires_at > now()
           returning id, new_email, old_hash = $1 as "is_old!",
             old_confirmed_at is not null and new_confirmed_at is not null as "both!""#,
        &token[..]
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(row) = row else { return Ok(Confirmed::Over) };
    // Whoever owns the new mailbox may learn at once that it has an account already; nobody else ever does before her.
    let taken = !row.is_old && is_taken(conn, &row.new_email).await?;
    if !taken && !row.both {
        let side = if row.is_old { Side::Old } else { Side::New };
        audit::record(conn, "new address half confirmed", account, json!({ "change": row.id })).await?;
        return Ok(Confirmed::Half(side));
    }
    let given = !taken && give(&mut *conn, account, &row.new_email).await?;
    let why = if given { "done" } else { "taken" };
    sqlx::query!("update address_changes set ended_at = now(), end_reason = $2 where id = $1", row.id, why)
        .execute(&mut *conn)
        .await?;
    if !given {
        audit::record(conn, "new address refused", account, json!({ "change": row.id })).await?;
        return Ok(Confirmed::Taken);
    }
    audit::record(conn, "address changed", account, json!({ "change": row.id })).await?;
    Ok(Confirmed::Done { change: row.id, account, old: old.as_str().to_owned(), new: row.new_email })
}

async fn is_taken(conn: &mut Conn, email: &str) -> Result<bool, Failure> {
    Ok(sqlx::query_scalar!(r#"select exists(select from accounts where email = $1) as "taken!""#, email)
        .fetch_one(conn)
        .await?)
}

/// Gives the account its new address; tells whether it has it now, or another account does. Within a savepoint, so that the
/// change can be ended in the same transaction when the constraint says no.
async fn give(conn: &mut Conn, account: AccountId, email: &str) -> Result<bool, Failure> {
    let mut point = conn.begin().await?;
    let given = sqlx::query!("update accounts set email = $2 where id = $1 and deleted_at is null", account.0, email)
        .execute(&mut *point)
        .await;
    match given {
        Ok(_) => {
            point.commit().await?;
            Ok(true)
        }
        Err(error) if named_constraint(&error) == Some("accounts_email_key") => {
            point.rollback().await?;
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Mails to the old address and questions sent with it go along: her data (the mails) and her deletion (both) find them by the
/// address she has, and whoever gets the old one some day finds nothing. What has not left yet leaves for the new one.
pub async fn carry_over(conn: &mut Conn, old: &str, new: &str) -> Result<(), Failure> {
    sqlx::query!("update outbox set to_address = $2 where to_address = $1", old, new).execute(&mut *conn).await?;
    sqlx::query!("update contact_questions set email = $2 where email = $1", old, new).execute(conn).await?;
    Ok(())
}

/// Codes that were mailed to an address which the account has no more.
pub async fn forget_codes(conn: &mut Conn, email: &str) -> Result<(), Failure> {
    sqlx::query!("delete from sign_in_codes where email = $1", email).execute(conn).await?;
    Ok(())
}
