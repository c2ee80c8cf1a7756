//! What a restored database must not do by itself, and when one may be restored into.
//!
//! The statements are texts that `psql` runs in the one transaction of a restore, in which also the schema of the backup
//! is made: that may be an older one, so they name only what every schema since the first has.

use super::{Conn, Failure};
use sqlx::AssertSqlSafe;

/// Before: takes away what an empty database has, so that the backup's own schema can be made. Fails when a row is
/// stored anywhere, whatever was found out before.
pub const BEFORE: &str = "
do $$
declare
  thing record;
  filled boolean;
begin
  for thing in select oid::regclass as name, relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') loop
    if thing.relname <> '_sqlx_migrations' then
      execute format('select exists (select from %s)', thing.name) into filled;
      if filled then raise exception 'the table % holds something', thing.name; end if;
    end if;
    execute format('drop table %s cascade', thing.name);
  end loop;
  for thing in select oid::regprocedure as name from pg_proc f
      where pronamespace = 'public'::regnamespace and prokind <> 'a'
        and not exists (select from pg_depend where objid = f.oid and deptype = 'e') loop
    execute format('drop routine %s cascade', thing.name);
  end loop;
end $$;
";

/// After: nobody is signed in any more, no code of that day works, offers of that day are over, and it is written down.
///
/// An offer that was open has ended since, and nobody could answer it meanwhile: it is over without counting as a no, and
/// its seat goes through the line once more as a vacancy that was offered to nobody. The triggers below these rows name their
/// tables without a schema.
pub const AFTER: &str = "
update public.sessions set revoked_at = now() where revoked_at is null;
update public.sign_in_codes set used_at = now() where used_at is null;
do $$
begin
  if to_regclass('public.offers') is not null then
    perform set_config('search_path', 'public', true);
    update public.seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0,
      offer_id = null, vacancy = null
    where state = 'offered';
    with over as (
      update public.offers set state = 'ended', closed_at = now() where closed_at is null returning id, group_id
    )
    insert into public.audit_events (actor, action, subject, detail)
    select 'operator', 'offer ended', group_id::text, jsonb_build_object('offer', id) from over order by id;
  end if;
end $$;
insert into public.audit_events (actor, action, subject) values ('operator', 'database restored', 'database');
";

/// After as well, unless told otherwise: mails that had not left when the backup was made are held until somebody
/// decides about them. Most of them have left since, and what they say may not be true any more. Weekly mails are not
/// written either, since whoever ended them since that day is on the list again ([`super::digests::count_held`]); when they are
/// released, those of hours that are past are left out: most people have got them, and their next one goes back to where the
/// last known one ended.
pub const HOLD_MAILS: &str = "
update public.outbox set send_after = 'infinity', leased_until = null where sent_at is null and failed_at is null;
do $$
begin
  if to_regclass('public.digest_cells') is not null then
    insert into public.digest_cells (zone, weekday, hour, done_until)
    select distinct zone, weekday, hour, timestamptz '9999-01-01 00:00Z' from public.subscribers where status = 'confirmed'
    on conflict (zone, weekday, hour) do update set done_until = excluded.done_until;
  end if;
end $$;
";

/// Whether nothing is stored: there are no tables, or they hold nothing but the list of migrations.
pub async fn is_empty(conn: &mut Conn) -> Result<bool, Failure> {
    let tables = sqlx::query_scalar!(
        r#"select oid::regclass::text as "name!" from pg_class
           where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> '_sqlx_migrations'"#
    )
    .fetch_all(&mut *conn)
    .await?;
    for table in tables {
        // The database has quoted the name.
        let filled = sqlx::query_scalar(AssertSqlSafe(format!("select exists (select from {table})")));
        if filled.fetch_one(&mut *conn).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The server's major version.
pub async fn server_major(conn: &mut Conn) -> Result<u32, Failure> {
    let major =
        sqlx::query_scalar!(r#"select current_setting('server_version_num')::int / 10000 as "major!""#).fetch_one(conn);
    u32::try_from(major.await?).map_err(|error| Failure::Broken(error.to_string()))
}
