//! How many seats a group has. New seats are free, so they go to the line first; only seats that nobody holds, is offered or
//! has reserved can be taken away.

use super::{
    Conn, Failure, audit, group_news,
    locks::ExclusiveLock,
    practice_load::{add_seats, remove_seats},
};
use crate::domain::ids::GroupId;
use chrono::{DateTime, Utc};
use serde_json::json;

/// Makes the group have so many seats. Refused, by how many, when more are taken; then nothing has changed. `now` is the
/// calendar's clock.
pub async fn set(
    conn: &mut Conn,
    lock: &ExclusiveLock,
    group: GroupId,
    capacity: i16,
    now: DateTime<Utc>,
) -> Result<Result<(), i64>, Failure> {
    let before = sqlx::query!(
        r#"select g.capacity, (select count(*) from seats s where s.group_id = g.id
             and (s.state = 'reserved' or s.state <> 'free' and s.held_until > now())) as "taken!"
           from groups g where g.id = $1"#,
        group.0
    )
    .fetch_one(&mut *conn)
    .await?;
    let too_many = before.taken - i64::from(capacity);
    if too_many > 0 {
        return Ok(Err(too_many));
    }
    if capacity == before.capacity {
        return Ok(Ok(()));
    }
    sqlx::query!("update groups set capacity = $2 where id = $1", group.0, capacity).execute(&mut *conn).await?;
    if capacity > before.capacity {
        add_seats(&mut *conn, group, before.capacity + 1, capacity).await?;
        group_news::note_freed(conn, lock, group, i64::from(capacity - before.capacity), now).await?;
    } else {
        remove_seats(&mut *conn, group, capacity).await?;
    }
    audit::record(conn, "capacity changed", group, json!({ "from": before.capacity, "to": capacity })).await?;
    Ok(Ok(()))
}
