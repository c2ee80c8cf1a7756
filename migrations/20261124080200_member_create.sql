-- What a member told us of herself. Every field may be missing until she has been asked.
create table members (
  account_id uuid primary key references accounts (id) on delete cascade,
  display_name text,                    -- chosen; all that other members see
  legal_name text,
  phone text,
  state text check (state ~ '^[A-Z]{2}$'),
  outside_us boolean not null default false,
  says_adult boolean not null default false,                 -- "I am 18 or older", asked before a hold
  born_on date,                         -- never stored for somebody under 18
  zone text,
  contact_name text,
  contact_phone text,
  updated_at timestamptz not null default now(),
  check (not (outside_us and state is not null))
);

-- Agreements that were signed by typing the legal name.
create table agreements (
  id uuid primary key,
  member_id uuid not null references accounts (id) on delete cascade,
  kind text not null check (kind in ('group', 'telehealth', 'privacy')),
  version text not null,
  text_hash text not null,              -- SHA-256 (hex) of the text that was shown
  signed_name text not null,
  signed_at timestamptz not null default now(),
  constraint agreements_once unique (member_id, kind, version)
);

-- Answers of the reserve steps as typed, valid or not, so that nothing typed is lost.
create table drafts (
  member_id uuid not null references accounts (id) on delete cascade,
  step text not null check (step in ('about', 'agreements')),
  fields jsonb not null,
  errors jsonb not null default '[]',
  updated_at timestamptz not null default now(),
  primary key (member_id, step)
);
