//! What `practice load` compares and writes: the practice and its therapists here, the groups in `groups.rs`.
//!
//! The `…Facts` are what a practice file decides; whatever else stands in a row is left alone.

use super::{Conn, Failure};
use crate::domain::{
    ids::{AccountId, TherapistId},
    practice::Practice,
};
use chrono::NaiveDate;

mod groups;

pub use groups::{
    Beginning, GroupFacts, Question, StoredGroup, add_seats, find_groups, forget_coming_meetings, insert_group,
    lock_groups, remove_seats, restart_group, update_group,
};

/// What a practice file says of a therapist.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TherapistFacts {
    /// Word in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Letters behind the name.
    pub credentials: String,
    /// Profession.
    pub profession: String,
    /// Address to sign in with.
    pub email: String,
    /// The therapist's own words.
    pub words: String,
    /// How the therapist works.
    pub approach: String,
}

/// What a practice file says of a practice authority.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AuthorityFacts {
    /// `license`, `registration` or `compact`.
    pub kind: String,
    /// Two letters.
    pub state: String,
    /// As the board calls it.
    pub title: String,
    /// Number in the board's register.
    pub number: String,
    /// First valid day.
    pub valid_from: NaiveDate,
    /// Last valid day.
    pub valid_to: NaiveDate,
    /// Who looked at the register.
    pub checked_by: String,
    /// When.
    pub checked_on: NaiveDate,
}

/// A therapist as stored.
#[derive(Clone, Debug)]
pub struct StoredTherapist {
    /// Id.
    pub id: TherapistId,
    /// The account she signs in with.
    pub account: Option<AccountId>,
    /// What a file decides.
    pub facts: TherapistFacts,
    /// Authorities, sorted.
    pub authorities: Vec<AuthorityFacts>,
}

/// Lets one load or demo run at a time, to the end of the transaction.
pub async fn lock(conn: &mut Conn) -> Result<(), Failure> {
    // Any constant that no group's key is likely to be; it spells "practice".
    const KEY: i64 = i64::from_be_bytes(*b"practice");
    sqlx::query!("select pg_advisory_xact_lock($1)", KEY).execute(conn).await?;
    Ok(())
}

/// Makes the practice's row what the file says.
pub async fn put_practice(conn: &mut Conn, practice: &Practice) -> Result<(), Failure> {
    sqlx::query!(
        "insert into practice (name, address, phone, email, zone, billing) values ($1, $2, $3, $4, $5, $6)
         on conflict (only_row) do update set name = excluded.name, address = excluded.address, phone = excluded.phone,
           email = excluded.email, zone = excluded.zone, billing = excluded.billing",
        practice.name,
        practice.address,
        practice.phone,
        practice.email,
        practice.zone,
        practice.billing
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes which file was loaded last.
pub async fn set_loaded_hash(conn: &mut Conn, hash: &str) -> Result<(), Failure> {
    sqlx::query!("update practice set loaded_hash = $1", hash).execute(conn).await?;
    Ok(())
}

/// All therapists with their authorities.
pub async fn find_therapists(conn: &mut Conn) -> Result<Vec<StoredTherapist>, Failure> {
    let authorities = sqlx::query!(
        "select therapist_id, kind, state, title, number, valid_from, valid_to, checked_by, checked_on from authorities"
    )
    .fetch_all(&mut *conn)
    .await?;
    let rows = sqlx::query!(
        "select id, account_id, slug, name, credentials, profession, email, words, approach from therapists order by number"
    )
    .fetch_all(conn)
    .await?;
    let authorities_of = |id| {
        let mut found: Vec<_> = authorities
            .iter()
            .filter(|row| row.therapist_id == id)
            .map(|row| AuthorityFacts {
                kind: row.kind.clone(),
                state: row.state.clone(),
                title: row.title.clone(),
                number: row.number.clone(),
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                checked_by: row.checked_by.clone(),
                checked_on: row.checked_on,
            })
            .collect();
        found.sort();
        found
    };
    Ok(rows
        .into_iter()
        .map(|row| StoredTherapist {
            id: TherapistId(row.id),
            account: row.account_id.map(AccountId),
            authorities: authorities_of(row.id),
            facts: TherapistFacts {
                slug: row.slug,
                name: row.name,
                credentials: row.credentials,
                profession: row.profession,
                email: row.email,
                words: row.words,
                approach: row.approach,
            },
        })
        .collect())
}

/// Whose account an address is.
pub async fn find_account(conn: &mut Conn, email: &str) -> Result<Option<AccountId>, Failure> {
    let id = sqlx::query_scalar!("select id from accounts where email = $1", email).fetch_optional(conn).await?;
    Ok(id.map(AccountId))
}

/// The account a new therapist signs in with: a new one, or hers if she has been a member. The office stays the office.
pub async fn put_therapist_account(conn: &mut Conn, new: AccountId, email: &str) -> Result<AccountId, Failure> {
    let id = sqlx::query_scalar!(
        "insert into accounts (id, email, role) values ($1, $2, 'therapist')
         on conflict (email) do update
           set role = case accounts.role when 'office' then 'office' else 'therapist' end
         returning id",
        new.0,
        email
    )
    .fetch_one(conn)
    .await?;
    Ok(AccountId(id))
}

/// A therapist's account gets another address. Whoever is signed in with the old one is signed out.
pub async fn change_account_email(conn: &mut Conn, account: AccountId, email: &str) -> Result<(), Failure> {
    sqlx::query!("update accounts set email = $2 where id = $1", account.0, email).execute(&mut *conn).await?;
    sqlx::query!("update sessions set revoked_at = now() where account_id = $1 and revoked_at is null", account.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds a therapist, or makes the row with this id what the file says.
pub async fn put_therapist(
    conn: &mut Conn,
    id: TherapistId,
    account: AccountId,
    facts: &TherapistFacts,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into therapists (id, account_id, slug, name, credentials, profession, email, words, approach)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (id) do update set account_id = excluded.account_id, name = excluded.name,
           credentials = excluded.credentials, profession = excluded.profession, email = excluded.email,
           words = excluded.words, approach = excluded.approach",
        id.0,
        account.0,
        facts.slug,
        facts.name,
        facts.credentials,
        facts.profession,
        facts.email,
        facts.words,
        facts.approach
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds an authority, or makes the one with the same kind, state and number what the file says.
pub async fn put_authority(
    conn: &mut Conn,
    id: uuid::Uuid,
    therapist: TherapistId,
    facts: &AuthorityFacts,
) -> Result<(), Failure> {
    sqlx::query!(
        "insert into authorities (id, therapist_id, kind, state, title, number, valid_from, valid_to, checked_by, checked_on)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict on constraint authorities_number_key do update set title = excluded.title,
           valid_from = excluded.valid_from, valid_to = excluded.valid_to, checked_by = excluded.checked_by,
           checked_on = excluded.checked_on",
        id,
        therapist.0,
        facts.kind,
        facts.state,
        facts.title,
        facts.number,
        facts.valid_from,
        facts.valid_to,
        facts.checked_by,
        facts.checked_on
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes an authority away.
pub async fn remove_authority(conn: &mut Conn, therapist: TherapistId, facts: &AuthorityFacts) -> Result<(), Failure> {
    sqlx::query!(
        "delete from authorities where therapist_id = $1 and kind = $2 and state = $3 and number = $4",
        therapist.0,
        facts.kind,
        facts.state,
        facts.number
    )
    .execute(conn)
    .await?;
    Ok(())
}
