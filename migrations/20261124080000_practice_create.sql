-- The practice that runs this installation: one row, filled by `demo` or `practice load`.
create table practice (
  only_row boolean primary key default true check (only_row),
  name text not null check (name <> ''),
  address text not null,                -- postal address, one line, shown in the footer and in mails
  phone text not null,                  -- E.164 with spaces, shown where a meeting may be about to start
  email text not null,                  -- where the office reads mail
  zone text not null,                   -- IANA zone that is used when nothing else is known of a reader
  billing text not null,                -- the practice's own sentence about billing; information only
  loaded_hash text                      -- SHA-256 (hex) of the practice file that was loaded last
);

-- Who may sign in. An account is made when the first code is entered.
create table accounts (
  id uuid primary key,
  number integer generated always as identity unique, -- small stable number, used to draw the avatar
  email text not null check (email = lower(email) and email like '%_@_%'),
  role text not null default 'member' check (role in ('member', 'therapist', 'office')),
  created_at timestamptz not null default now(),
  constraint accounts_email_key unique (email)
);

create table therapists (
  id uuid primary key,
  number integer generated always as identity unique, -- draws the avatar: pattern = number mod 5, hue = number / 5 mod 5
  account_id uuid references accounts (id),
  slug text not null constraint therapists_slug_key unique,
  name text not null check (name <> ''),
  credentials text not null,            -- letters behind the name: PsyD, LCSW
  profession text not null,             -- "Licensed psychologist"
  email text not null,                  -- address the account signs in with
  words text not null default '',       -- the therapist's own words, shown in italic serif
  approach text not null default ''
);

-- Practice authorities: a licence, a registration or a compact privilege of a therapist in a state.
create table authorities (
  id uuid primary key,
  therapist_id uuid not null references therapists (id) on delete cascade,
  kind text not null check (kind in ('license', 'registration', 'compact')),
  state text not null check (state ~ '^[A-Z]{2}$'),
  title text not null,                  -- "Psychologist", as the board calls it
  number text not null,
  valid_from date not null,
  valid_to date not null,               -- last valid day
  checked_by text not null,             -- who looked at the board's register
  checked_on date not null,
  check (valid_from <= valid_to),
  constraint authorities_number_key unique (therapist_id, kind, state, number)
);
