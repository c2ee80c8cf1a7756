-- Which mails a member wants. What changes a seat of hers is told in any case; without a row she gets all.
create table mail_choices (
  account_id uuid primary key references accounts (id) on delete cascade,
  day_before boolean not null default true,       -- a day before a meeting
  hour_before boolean not null default true,      -- an hour before a meeting
  meeting_changes boolean not null default true,  -- a meeting has another time, or does not take place
  offer_ending boolean not null default true,     -- the time for an offered seat is nearly over
  updated_at timestamptz not null default now()
);
create trigger account_is_living after insert or update on mail_choices
  for each row execute function accounts_check_living('account_id');

-- What a reminder was written about. It leaves only if that is still as it was. The ids are looked up when it is due; a row
-- that is gone means the same as one that has ended, so they are no foreign keys.
alter table outbox
  add column about_meeting uuid,
  add column about_sequence integer,    -- sequence of the meeting when the reminder was written
  add column about_reservation uuid,
  add column about_offer uuid;

-- Whether a reminder is about something that is not so any more.
create function outbox_is_stale(of_meeting uuid, of_sequence integer, of_reservation uuid, of_offer uuid)
returns boolean language sql stable as $$
  select of_meeting is not null and not exists (
      select from meetings m join reservations r on r.group_id = m.group_id
      where m.id = of_meeting and m.status = 'scheduled' and m.sequence = of_sequence
        and r.id = of_reservation and r.ended_at is null
        and not exists (select from absences a where a.meeting_id = m.id and a.member_id = r.member_id))
    or of_offer is not null and not exists (select from offers o where o.id = of_offer and o.closed_at is null)
$$;

-- Whether somebody on the list still wants what was written to this address.
create function subscriber_hears(of_subscriber uuid, of_address text, of_time timestamptz)
returns boolean language sql stable as $$
  select exists (
    select from subscribers s
    where s.id = of_subscriber and s.email = of_address and s.status = 'confirmed'
      and (s.paused_until is null or s.paused_until <= (of_time at time zone s.zone)::date))
$$;

-- The number of the change that members were told of last. Where it is behind, a meeting was moved or cancelled and nobody
-- has been told.
alter table meetings add column told_sequence integer not null default 0;
update meetings set told_sequence = sequence where sequence <> 0;
