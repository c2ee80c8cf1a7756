//! Token buckets. They live here, because in-process limits would multiply by the number of instances.

use super::{Conn, Failure};

/// How much a bucket holds, and how fast it fills again.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    /// Tokens when full.
    pub capacity: f64,
    /// Tokens a second.
    pub refill: f64,
}

/// Takes one token. `Err(seconds)` when there is none: so long until there will be.
pub async fn take(conn: &mut Conn, key: &str, bucket: Bucket) -> Result<Result<(), u32>, Failure> {
    let now = sqlx::query!(
        // One look at the clock, before the row is locked: whoever waited for the row may come with a time that is behind its.
        "insert into rate_buckets as b (key, tokens, allowed, updated_at) values ($1, $2::float8 - 1, true, clock_timestamp())
         on conflict (key) do update set (tokens, allowed, updated_at) = (
           select level - (level >= 1)::int, level >= 1, greatest(b.updated_at, excluded.updated_at)
           from (select least($2, b.tokens + greatest(0, extract(epoch from excluded.updated_at - b.updated_at)::float8) * $3)
                 as level) as now)
         returning tokens, allowed",
        key,
        bucket.capacity,
        bucket.refill
    )
    .fetch_one(conn)
    .await?;
    Ok(if now.allowed { Ok(()) } else { Err(seconds_until_one(now.tokens, bucket.refill)) })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=3600 before the cast")]
fn seconds_until_one(level: f64, refill: f64) -> u32 {
    ((1.0 - level) / refill).ceil().clamp(1.0, 3600.0) as u32
}
