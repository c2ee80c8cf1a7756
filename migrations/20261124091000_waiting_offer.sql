-- Every offer that was ever made: a seat held for the first in line. Its id is also the hold id of the seat while it lives.
create table offers (
  id uuid primary key,
  entry_id uuid not null references waiting_entries (id) on delete cascade,
  group_id uuid not null references groups (id) on delete cascade,
  member_id uuid not null references accounts (id) on delete cascade,
  vacancy uuid not null,                -- which vacancy it was: from one reservation's end to the next reservation
  offered_at timestamptz not null default now(),
  ends_at timestamptz not null,         -- the same as held_until of the seat
  state text not null default 'open' check (state in ('open', 'accepted', 'confirmed', 'declined', 'expired', 'ended')),
  closed_at timestamptz,
  check ((state in ('open', 'accepted')) = (closed_at is null)),
  constraint offers_vacancy_key unique (vacancy, member_id)     -- a vacancy is offered to nobody twice
);
-- One living offer of a member in a group, and one of a vacancy.
create unique index offers_open_key on offers (group_id, member_id) where closed_at is null;
create unique index offers_open_vacancy_key on offers (vacancy) where closed_at is null;
create index offers_due_idx on offers (ends_at) where closed_at is null;
create index offers_member_idx on offers (member_id);

-- A seat that is offered names its offer, which is its hold; the program that still runs leaves the columns as they are.
alter table seats add column offer_id uuid references offers (id);
alter table seats add column vacancy uuid;              -- drawn with the first offer, gone with the next reservation
alter table seats add column free_from timestamptz;     -- released shortly before a meeting: whoever takes it begins after that one
alter table seats add constraint seats_offered_has_offer
  check (state <> 'offered' or (offer_id is not null and offer_id = hold_id and vacancy is not null)) not valid;

-- Not eligible when her turn came: she was told, once.
alter table waiting_entries add column skipped_at timestamptz;

-- Why a leader ended a seat; read by the leader and the office only.
alter table reservations add column end_note text;
