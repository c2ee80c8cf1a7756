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
        "insert into rate_buckets as b (key, tokens, allowed, updated_at) values ($1, $2::float8 - 1, true, clock_timestamp())
         on conflict (key) do update set
           tokens = least($2, b.tokens + extract(epoch from clock_timestamp() - b.updated_at)::float8 * $3)
                    - (least($2, b.tokens + extract(epoch from clock_timestamp() - b.updated_at)::float8 * $3) >= 1)::int,
           allowed = least($2, b.tokens + extract(epoch from clock_timestamp() - b.updated_at)::float8 * $3) >= 1,
           updated_at = clock_timestamp()
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
