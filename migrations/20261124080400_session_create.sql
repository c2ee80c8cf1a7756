-- Sign-in codes: six digits by mail, bound to the browser that asked, one use, few tries.
create table sign_in_codes (
  id uuid primary key,
  email text not null,
  browser_hash bytea not null,          -- SHA-256 of the cookie of the browser that asked
  code_hash bytea not null,             -- HMAC-SHA-256 of the six digits, keyed by the server's secret
  link_hash bytea not null,             -- SHA-256 of the token in the mailed link
  next_path text,                       -- an own path to go to after signing in
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  tries smallint not null default 0,
  used_at timestamptz
);
create index sign_in_codes_browser_idx on sign_in_codes (browser_hash, created_at desc);

-- Sign-in sessions. Only the hash of the token is stored; ending one works at once everywhere.
create table sessions (
  id uuid primary key,
  token_hash bytea not null constraint sessions_token_key unique,
  account_id uuid not null references accounts (id) on delete cascade,
  level text not null default 'code' check (level in ('code', 'second factor')),
  own_device boolean not null default false,
  device text not null default '',      -- browser and system in words, for the list of sessions
  created_at timestamptz not null default now(),
  used_at timestamptz not null default now(),                -- written at most once a minute
  idle_seconds integer not null check (idle_seconds > 0),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_account_idx on sessions (account_id) where revoked_at is null;

-- Token buckets: in-process limits would multiply by the number of instances.
create table rate_buckets (
  key text primary key,                 -- what is limited: "code:address:<hash>", "code:network:<prefix>"
  tokens double precision not null,
  allowed boolean not null,             -- what the last request was told
  updated_at timestamptz not null default now()
);
