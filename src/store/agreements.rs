//! Agreements that were signed.

use super::{Conn, Failure, audit, sessions::Member};
use crate::domain::{agreement::AgreementKind, ids::AccountId};
use chrono::{DateTime, Utc};
use serde_json::json;

/// A text that is agreed to.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Which one.
    pub kind: AgreementKind,
    /// Its version.
    pub version: &'a str,
    /// SHA-256 of the text that was shown, hexadecimal.
    pub hash: &'a str,
}

/// When the current versions were all signed; `None` while one is missing.
pub async fn signed_at(
    executor: impl sqlx::PgExecutor<'_>,
    member: AccountId,
    current: &[Text<'_>],
) -> Result<Option<DateTime<Utc>>, Failure> {
    let kinds: Vec<String> = current.iter().map(|text| text.kind.code().to_owned()).collect();
    let versions: Vec<String> = current.iter().map(|text| text.version.to_owned()).collect();
    let row = sqlx::query!(
        r#"select count(*) as "signed!", max(a.signed_at) as last
           from unnest($2::text[], $3::text[]) as wanted (kind, version)
           join agreements a on a.member_id = $1 and a.kind = wanted.kind and a.version = wanted.version"#,
        member.0,
        &kinds,
        &versions
    )
    .fetch_one(executor)
    .await?;
    Ok(if usize::try_from(row.signed).is_ok_and(|signed| signed == current.len()) { row.last } else { None })
}

/// Signs; signing the same version twice keeps the first signature.
pub async fn sign(conn: &mut Conn, member: &Member, text: Text<'_>, name: &str) -> Result<(), Failure> {
    let added = sqlx::query!(
        "insert into agreements (id, member_id, kind, version, text_hash, signed_name) values (gen_random_uuid(), $1, $2, $3, $4, $5)
         on conflict (member_id, kind, version) do nothing",
        member.id().0,
        text.kind.code(),
        text.version,
        text.hash,
        name
    )
    .execute(&mut *conn)
    .await?;
    if added.rows_affected() == 1 {
        audit::record(
            conn,
            "agreement signed",
            member.id(),
            json!({ "kind": text.kind.code(), "version": text.version }),
        )
        .await?;
    }
    Ok(())
}
