//! The plain case of a hold, which the database does alone in one round trip: how a test comes to it, and how it sees that it
//! did.

/// Everybody lives in New York and is of age, and has told no more.
pub const TOLD: &str = "insert into members (account_id, state, says_adult) select id, 'NY', true from accounts
   on conflict (account_id) do nothing";

/// Writes down by which function each held seat was taken.
pub const WITNESS: [&str; 3] = [
    "create table taken (at_once bool not null)",
    r"create function witness() returns trigger language plpgsql security definer as $$
     declare stack text;
     begin
       get diagnostics stack = pg_context;
       insert into taken values (stack like '%hold\_at\_once(%');
       return null;
     end $$",
    "create trigger witness_a_hold after update on seats for each row
     when (new.state = 'held' and old.hold_id is distinct from new.hold_id) execute function witness()",
];

/// Seats taken by the plain case, and otherwise.
pub const AT_ONCE: &str = "select count(*) from taken where at_once";
pub const OTHERWISE: &str = "select count(*) from taken where not at_once";

/// As if nobody had held anything: after holds by which each instance came to know the group.
pub const BACK: [&str; 4] = [
    "update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null where state = 'held'",
    "delete from holds",
    "delete from idempotency_keys",
    "delete from taken",
];
