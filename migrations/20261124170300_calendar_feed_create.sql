-- The secret address under which a calendar fetches a member's meetings. Only the hash of its token is stored.
create table calendar_feeds (
  account_id uuid primary key references accounts (id) on delete cascade,
  token_hash bytea not null constraint calendar_feeds_token_key unique, -- SHA-256
  made_at timestamptz not null default now()
);
create trigger account_is_living after insert on calendar_feeds for each row execute function accounts_check_living('account_id');

-- A calendar takes over a change of a meeting only if its number rose. The number rises whoever changes the meeting.
alter table meetings add column sequence integer not null default 0;             -- RFC 5545 SEQUENCE
alter table meetings add column changed_at timestamptz not null default now();   -- RFC 5545 LAST-MODIFIED
create function meetings_count_change() returns trigger language plpgsql as $$
begin
  new.sequence := old.sequence + 1;
  new.changed_at := now();
  return new;
end $$;
create trigger meetings_sequence before update of starts_at, ends_at, status on meetings for each row
  when ((old.starts_at, old.ends_at, old.status) is distinct from (new.starts_at, new.ends_at, new.status))
  execute function meetings_count_change();
