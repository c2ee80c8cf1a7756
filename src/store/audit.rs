//! The audit trail: who did what, written in the same transaction as what it records.

use super::{Conn, Failure};
use serde_json::Value;

/// Appends an event. The actor is the one named to the database with the transaction; `detail` never holds answers,
/// scores, names or addresses.
pub async fn record(conn: &mut Conn, action: &str, subject: impl ToString, detail: Value) -> Result<(), Failure> {
    sqlx::query!(
        "insert into audit_events (actor, action, subject, detail)
         values (coalesce(nullif(current_setting('app.actor', true), ''), 'unknown'), $1, $2, $3)",
        action,
        subject.to_string(),
        detail
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What can be said about the trail as a whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trail {
    /// Events.
    pub events: i64,
    /// Events whose time is more than an hour before that of an event with a smaller number. Each connection draws
    /// numbers in advance and lives for half an hour, so that a smaller number may be a little younger.
    pub out_of_order: i64,
    /// Events from the future.
    pub ahead: i64,
    /// Triggers that refuse changes and are switched on; there are two.
    pub guards: i64,
}

impl Trail {
    /// Whether nothing speaks against it.
    pub fn is_sound(&self) -> bool {
        self.out_of_order == 0 && self.ahead == 0 && self.guards == 2
    }
}

/// Looks at the whole trail.
pub async fn inspect(executor: impl sqlx::PgExecutor<'_>) -> Result<Trail, Failure> {
    let trail = sqlx::query_as!(
        Trail,
        r#"select count(*) as "events!",
                  count(*) filter (where at < before - interval '1 hour') as "out_of_order!",
                  count(*) filter (where at > now() + interval '1 minute') as "ahead!",
                  (select count(*) from pg_trigger
                   where tgrelid = 'audit_events'::regclass and tgname in ('audit_append_only', 'audit_no_truncate')
                     and tgenabled in ('O', 'A')) as "guards!"
           from (select at, max(at) over (order by id rows between unbounded preceding and 1 preceding) as before
                 from audit_events) as events"#
    )
    .fetch_one(executor)
    .await?;
    Ok(trail)
}
