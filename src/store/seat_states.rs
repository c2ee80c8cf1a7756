//! How many seats are in which state, for the metrics.

use super::Failure;
use sqlx::PgExecutor;

/// A number of seats.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeatState {
    /// `free`, `held`, `offered` or `reserved`; a hold that has lapsed is free.
    pub state: String,
    /// How many, in all groups that are not closed.
    pub seats: i64,
}

/// Counts the seats. A state in which there is none is there as well, with 0.
pub async fn count(executor: impl PgExecutor<'_>) -> Result<Vec<SeatState>, Failure> {
    let states = sqlx::query_as!(
        SeatState,
        r#"select states.state as "state!", count(s.seat_no) as "seats!"
           from unnest(array['free', 'held', 'offered', 'reserved']) with ordinality as states (state, place)
           left join (seats s join groups g on g.id = s.group_id and g.status <> 'closed')
             on states.state = case when s.state in ('held', 'offered') and s.held_until <= now() then 'free' else s.state end
           group by states.state, states.place order by states.place"#
    )
    .fetch_all(executor)
    .await?;
    Ok(states)
}
