-- What happened to a group that somebody who looks for one wants to hear of. Written in the transaction of the change and
-- never changed; what is still true of the group is asked when a digest is made.
create table group_news (
  id bigint generated always as identity primary key,
  group_id uuid not null references groups (id) on delete cascade,
  at timestamptz not null,              -- the calendar's clock, by which windows end
  what text not null check (what in ('opened', 'moved', 'freed'))
);
create index group_news_at_idx on group_news (at);

-- One round over everybody whose hour has come; several zones share one, several workers do not.
create table digest_runs (
  id uuid primary key,
  began_at timestamptz not null,        -- the calendar's clock
  ended_at timestamptz,                 -- the same; nothing while it goes on, or when its worker died
  expected integer not null check (expected >= 0), -- subscribers that were due when it began
  mails integer not null default 0,     -- digests that were written into the outbox
  skipped integer not null default 0,   -- subscribers for whom nothing was new
  settled boolean not null default false -- what became of each of its mails stands in its digests
);
create index digest_runs_began_idx on digest_runs (began_at);
create index digest_runs_open_idx on digest_runs (id) where not settled;

-- What a subscriber was told, or not, about one window of time. Her windows follow one another without a gap: each begins
-- where the one before it ended, the first when she confirmed. The key is what makes two workers write one mail.
create table digests (
  subscriber_id uuid not null references subscribers (id) on delete cascade,
  starts_at timestamptz not null,       -- what happened after this moment
  ends_at timestamptz not null,         -- and until this one, which is her hour of her weekday
  status text not null check (status in ('pending', 'sent', 'skipped', 'failed')), -- of the mail; skipped has none
  groups smallint not null check (groups between 0 and 12), -- how many it tells of
  -- Looked up at the end of the transaction: the run is written with what its first batch made.
  run_id uuid not null references digest_runs (id) deferrable initially deferred,
  mail_id uuid,                         -- row of the outbox; no key, so that nothing is looked up for each of a hundred thousand
  primary key (subscriber_id, ends_at),
  constraint digests_window_runs_forward check (starts_at < ends_at),
  constraint digests_skipped_is_empty check ((status = 'skipped') = (groups = 0))
) with (fillfactor = 85);
create index digests_run_idx on digests (run_id);

-- How far the rounds are with those who share zone, weekday and hour, so that nobody asks again for each of them.
create table digest_cells (
  zone text not null,
  weekday smallint not null,
  hour smallint not null,
  done_until timestamptz not null,      -- every window that ended by then has its digest
  primary key (zone, weekday, hour)
);
