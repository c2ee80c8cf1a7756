-- Absences that were told before a meeting began. They free no seat.
create table absences (
  meeting_id uuid not null references meetings (id) on delete cascade,
  member_id uuid not null references accounts (id) on delete cascade,
  told_at timestamptz not null default now(),
  primary key (meeting_id, member_id)
);
create index absences_member_idx on absences (member_id);
