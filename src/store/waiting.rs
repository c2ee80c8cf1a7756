//! The line of a full group.

use super::Failure;
use crate::domain::ids::{AccountId, GroupId};

/// A member's place in the line of a group, from 1; `None` when she does not wait there.
pub async fn position(
    executor: impl sqlx::PgExecutor<'_>,
    member: AccountId,
    group: GroupId,
) -> Result<Option<i64>, Failure> {
    Ok(sqlx::query_scalar!(
        r#"select (select count(*) from waiting_entries o where o.group_id = w.group_id and o.ended_at is null
                   and (o.joined_at, o.id) <= (w.joined_at, w.id)) as "position!"
           from waiting_entries w where w.member_id = $1 and w.group_id = $2 and w.ended_at is null"#,
        member.0,
        group.0
    )
    .fetch_optional(executor)
    .await?)
}
