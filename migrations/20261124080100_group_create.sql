-- Curricula as they were when a cycle began: a running cycle keeps its version (the hash of its content).
create table curricula (
  slug text not null,
  version text not null,                -- first 16 hex digits of SHA-256 over the content files
  title text not null,
  mode text not null check (mode in ('rolling', 'closed')),
  units jsonb not null check (jsonb_typeof(units) = 'array' and jsonb_array_length(units) > 0),
  created_at timestamptz not null default now(),
  primary key (slug, version)
);

create table groups (
  id uuid primary key,
  slug text not null constraint groups_slug_key unique,
  title text not null check (title <> ''),
  kind text not null check (kind in ('skills', 'process', 'therapy')),
  topic text,                           -- slug of the topic; a process group has none
  leader_id uuid not null references therapists (id),
  summary text not null,
  happens text not null,                -- paragraphs, separated by an empty line
  for_whom text[] not null default '{}',
  questions jsonb not null default '[]',-- [{"q": "…", "a": "…"}]
  status text not null check (status in ('forming', 'open', 'closed')),
  weekday smallint not null check (weekday between 1 and 7),  -- ISO: 1 is Monday
  local_time time not null,             -- wall time in zone
  zone text not null,                   -- IANA
  minutes smallint not null check (minutes between 15 and 240),
  capacity smallint not null default 8 check (capacity between 5 and 12),
  price_cents integer not null check (price_cents >= 0),      -- a meeting; information only
  confirm text not null default 'at once' check (confirm in ('at once', 'after the leader''s look')),
  starts_on date not null,              -- the first meeting is on or after this day
  minimum smallint not null default 4 check (minimum between 1 and 12),
  decide_on date,                       -- forming groups: the day on which enough reservations open it
  moved_at timestamptz,                 -- a forming group moves its dates once
  closes_on date,                       -- set when it closes
  curriculum_slug text not null,
  curriculum_version text not null,
  cycle_began_on date not null,         -- the unit is counted from the meetings held since this day
  created_at timestamptz not null default now(),
  foreign key (curriculum_slug, curriculum_version) references curricula (slug, version),
  constraint groups_topic_by_kind check ((kind = 'process') = (topic is null)),
  constraint groups_forming_decides check (status <> 'forming' or decide_on is not null)
);
create index groups_leader_idx on groups (leader_id);

-- Meetings are materialised from the series, 12 weeks ahead, in one place (jobs/meetings).
create table meetings (
  id uuid primary key,
  group_id uuid not null references groups (id) on delete cascade,
  week date not null check (extract(isodow from week) = 1),   -- Monday of the local week; an id stays with its week
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  status text not null default 'scheduled' check (status in ('scheduled', 'cancelled', 'paused')),
  check (ends_at > starts_at),
  constraint meetings_week_key unique (group_id, week)
);
create index meetings_next_idx on meetings (group_id, starts_at);
