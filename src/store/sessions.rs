//! Sign-in sessions and the proofs that come from them. Only a token's hash is stored; ending one works everywhere at
//! once, because every request asks here.

use super::{Conn, Failure, accounts::Role, audit};
use crate::domain::{email::Email, ids::AccountId};
use serde_json::json;
use uuid::Uuid;

pub mod fresh;
pub mod own;

/// SHA-256 of a session's token.
pub type TokenHash = [u8; 32];

/// Proof that somebody is signed in, whatever she may do. Made only here, from a living session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    account: AccountId,
    session: Uuid,
    email: Email,
    role: Role,
    stale: bool,
}

impl Signed {
    /// From the columns of a living session.
    pub(super) fn from_row(session: Uuid, account: AccountId, email: &str, role: &str, stale: bool) -> Option<Self> {
        Some(Self { account, session, email: Email::parse(email).ok()?, role: Role::parse(role), stale })
    }

    /// Her account.
    pub fn id(&self) -> AccountId {
        self.account
    }

    /// Her session.
    pub fn session(&self) -> Uuid {
        self.session
    }

    /// Her address.
    pub fn email(&self) -> &Email {
        &self.email
    }

    /// What she may be.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether the use of this session should be written again: at most once a minute.
    pub fn is_stale(&self) -> bool {
        self.stale
    }
}

/// Proof that a member acts: holds, confirms, reads her program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member(Signed);

impl Member {
    /// Her account.
    pub fn id(&self) -> AccountId {
        self.0.account
    }

    /// Her address.
    pub fn email(&self) -> &Email {
        &self.0.email
    }
}

/// Proof that somebody of the office acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Office(Signed);

/// Proof that a therapist acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Therapist(Signed);

impl Therapist {
    /// Her account.
    pub fn id(&self) -> AccountId {
        self.0.account
    }
}

impl Signed {
    /// A proof of membership. Therapists and office take no seats with their work accounts.
    pub fn into_member(self) -> Option<Member> {
        (self.role == Role::Member).then_some(Member(self))
    }

    /// A proof of being a therapist.
    pub fn into_therapist(self) -> Option<Therapist> {
        (self.role == Role::Therapist).then_some(Therapist(self))
    }

    /// A proof of being of the office.
    pub fn into_office(self) -> Option<Office> {
        (self.role == Role::Office).then_some(Office(self))
    }
}

/// Who is signed in with this token, judged by the database's clock.
pub async fn find(executor: impl sqlx::PgExecutor<'_>, token: &TokenHash) -> Result<Option<Signed>, Failure> {
    read(executor, token, false).await
}

/// The proof for a write: read in the write's own transaction, and named to the database as the actor.
pub async fn prove(conn: &mut Conn, token: &TokenHash) -> Result<Option<Signed>, Failure> {
    read(conn, token, true).await
}

/// Reads a living session; whoever acts is named to the transaction in the same round trip.
async fn read(executor: impl sqlx::PgExecutor<'_>, token: &TokenHash, acts: bool) -> Result<Option<Signed>, Failure> {
    let row = sqlx::query!(
        r#"select s.id, s.account_id, a.email, a.role, s.used_at < now() - interval '1 minute' as "stale!",
             case when $2 then set_config('app.actor', s.account_id::text, true) end as actor
           from sessions s join accounts a on a.id = s.account_id
           where s.token_hash = $1 and s.revoked_at is null and s.expires_at > now()
             and s.used_at > now() - make_interval(secs => s.idle_seconds)"#,
        &token[..],
        acts
    )
    .fetch_optional(executor)
    .await?;
    Ok(row.and_then(|row| Signed::from_row(row.id, AccountId(row.account_id), &row.email, &row.role, row.stale)))
}

/// Writes that a session was used; a session that was ended meanwhile stays ended.
pub async fn touch(conn: &mut Conn, signed: &Signed) -> Result<(), Failure> {
    sqlx::query!(
        "update sessions set used_at = now()
         where id = $1 and revoked_at is null and used_at < now() - interval '1 minute'",
        signed.session
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How long a new session lives.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    /// Seconds of quiet after which it ends.
    pub idle_seconds: i32,
    /// Seconds after which it ends in any case.
    pub seconds: i32,
}

/// Begins a session.
pub async fn begin(
    conn: &mut Conn,
    token: &TokenHash,
    account: AccountId,
    lifetime: Lifetime,
    own_device: bool,
    device: &str,
) -> Result<(), Failure> {
    let id = sqlx::query_scalar!(
        "insert into sessions (id, token_hash, account_id, own_device, device, idle_seconds, expires_at)
         values (gen_random_uuid(), $1, $2, $3, $4, $5, now() + make_interval(secs => $6)) returning id",
        &token[..],
        account.0,
        own_device,
        device,
        lifetime.idle_seconds,
        f64::from(lifetime.seconds)
    )
    .fetch_one(&mut *conn)
    .await?;
    audit::record(conn, "session begun", account, json!({ "session": id, "own_device": own_device })).await
}

/// Ends the session of a token, at once and everywhere.
pub async fn end(conn: &mut Conn, token: &TokenHash) -> Result<(), Failure> {
    let ended = sqlx::query!(
        "update sessions set revoked_at = now() where token_hash = $1 and revoked_at is null returning id, account_id",
        &token[..]
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(ended) = ended {
        audit::record(conn, "session ended", ended.account_id, json!({ "session": ended.id })).await?;
    }
    Ok(())
}
