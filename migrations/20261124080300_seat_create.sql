-- A confirmed seat: a place in the weekly series, not on one date. The row stays when it ends.
create table reservations (
  id uuid primary key,
  reference text not null constraint reservations_reference_key unique,  -- "CG 7Q4 M2X": what she reads to us on the phone
  group_id uuid not null references groups (id),
  member_id uuid not null references accounts (id) on delete cascade,
  first_meeting_id uuid references meetings (id),
  confirmed_at timestamptz not null default now(),
  ended_at timestamptz,
  end_reason text check (end_reason in ('released', 'by leader', 'group closed', 'account deleted')),
  check ((ended_at is null) = (end_reason is null))
);
create unique index reservations_active_key on reservations (group_id, member_id) where ended_at is null;
create index reservations_member_idx on reservations (member_id);

-- Seats are rows. The database alone decides; the checks tie state and columns together, so that even a
-- hand-typed statement cannot make a ninth seat or one that two people hold.
create table seats (
  group_id uuid not null references groups (id) on delete cascade,
  seat_no smallint not null check (seat_no between 1 and 12),
  state text not null default 'free' check (state in ('free', 'held', 'offered', 'reserved')),
  member_id uuid references accounts (id),
  hold_id uuid constraint seats_hold_key unique,             -- drawn anew at each hold
  held_at timestamptz,
  held_until timestamptz,               -- a hold is over when this is <= now(), judged when read
  renewals smallint not null default 0 check (renewals between 0 and 10),
  reservation_id uuid references reservations (id) constraint seats_reservation_key unique,
  primary key (group_id, seat_no),
  constraint seats_free_is_empty check (state <> 'free' or (member_id is null and hold_id is null and held_until is null and reservation_id is null)),
  constraint seats_held_has_end check (state not in ('held', 'offered') or (member_id is not null and hold_id is not null and held_at is not null and held_until is not null and reservation_id is null)),
  constraint seats_reserved_has_reservation check (state <> 'reserved' or (member_id is not null and reservation_id is not null and held_until is null))
) with (fillfactor = 60);
-- No seat beyond the group's capacity, whoever writes: a check cannot look into another table, a trigger can. The row of
-- the group is read with a lock, so that capacity and seats cannot pass each other.
create function seats_check_capacity() returns trigger language plpgsql as $$
begin
  if new.seat_no > (select capacity from groups where id = new.group_id for share) then
    raise exception 'the group has no seat %', new.seat_no using errcode = 'check_violation', constraint = 'seats_within_capacity';
  end if;
  return new;
end $$;
create trigger seats_within_capacity before insert or update of group_id, seat_no on seats
  for each row execute function seats_check_capacity();
-- One active seat of a member in a group.
create unique index seats_member_key on seats (group_id, member_id) where state <> 'free';
create index seats_by_member_idx on seats (member_id) where member_id is not null;

-- Every hold that was ever taken: counts the fresh holds of a day.
create table holds (
  id uuid primary key,
  group_id uuid not null references groups (id) on delete cascade,
  member_id uuid not null references accounts (id) on delete cascade,
  held_at timestamptz not null default now(),
  ended_at timestamptz,
  outcome text check (outcome in ('confirmed', 'let go'))
) with (fillfactor = 80);
create index holds_member_idx on holds (member_id, group_id, held_at);

-- The line of a full group.
create table waiting_entries (
  id uuid primary key,
  group_id uuid not null references groups (id) on delete cascade,
  member_id uuid not null references accounts (id) on delete cascade,
  joined_at timestamptz not null default clock_timestamp(),
  declines smallint not null default 0 check (declines between 0 and 2),
  ended_at timestamptz,
  end_reason text check (end_reason in ('left', 'seated', 'declined', 'group closed', 'account deleted')),
  check ((ended_at is null) = (end_reason is null))
);
create unique index waiting_entries_active_key on waiting_entries (group_id, member_id) where ended_at is null;
create index waiting_entries_line_idx on waiting_entries (group_id, joined_at) where ended_at is null;

-- The first answer to a form that may be posted twice; only a committed success is kept, 48 hours.
create table idempotency_keys (
  member_id uuid not null references accounts (id) on delete cascade,
  action text not null,
  key uuid not null,
  answer jsonb not null,
  created_at timestamptz not null default now(),
  primary key (member_id, action, key)
);
create index idempotency_keys_age_idx on idempotency_keys (created_at);
