-- Who hears once a week of new meeting times: an address, what it wishes for, and when it wants to hear. It needs no account.
create table subscribers (
  id uuid primary key,
  email text not null constraint subscribers_email_key unique check (email = lower(email) and email like '%_@_%'),
  status text not null default 'pending' check (status in ('pending', 'confirmed', 'unsubscribed', 'bounced')),
  -- Wishes. An empty list means: all the same.
  topics text[] not null default '{}',
  kinds text[] not null default '{}',
  place text,                          -- code of a state, 'outside', or nothing
  days smallint[] not null default '{}' check (days <@ array[1, 2, 3, 4, 5, 6, 7]::smallint[]), -- ISO days in her zone
  times text[] not null default '{}' check (times <@ array['morning', 'afternoon', 'evening']),
  zone text not null,                  -- IANA name: for the wishes, and for when she hears
  -- When and how she hears.
  weekday smallint not null default 1 check (weekday between 1 and 7), -- ISO day in her zone
  hour smallint not null default 9 check (hour between 0 and 23),      -- hour of that day
  paused_until date,                   -- no mail before this day in her zone
  details boolean not null default false, -- topics may stand in her mails; she was told what that means
  -- Proof of consent: what was agreed to, when it was asked for, and when the link's button was pressed.
  consent_version text not null,
  consent_text text not null,
  asked_at timestamptz not null default now(),
  confirmed_at timestamptz,
  confirm_hash bytea constraint subscribers_confirm_key unique, -- SHA-256 of the token in the mail that asks
  confirm_expires_at timestamptz,
  mailed_at timestamptz,               -- last mail that asks, or that brings a link: at most one an hour
  -- A new address that has not confirmed yet.
  new_email text check (new_email = lower(new_email) and new_email like '%_@_%'),
  new_email_hash bytea constraint subscribers_new_email_key unique,
  new_email_expires_at timestamptz,
  links smallint not null default 1,   -- links to the preferences carry it; counting up ends those before
  ended_at timestamptz,                -- unsubscribed, or marked as bounced
  created_at timestamptz not null default now(),
  constraint subscribers_confirmed_has_time check (status <> 'confirmed' or confirmed_at is not null),
  constraint subscribers_ended_has_time check ((status in ('unsubscribed', 'bounced')) = (ended_at is not null)),
  constraint subscribers_confirm_whole check ((confirm_hash is null) = (confirm_expires_at is null)),
  constraint subscribers_new_email_whole
    check ((new_email is null) = (new_email_hash is null) and (new_email is null) = (new_email_expires_at is null))
);
-- Who is due is looked for by the hour in each zone.
create index subscribers_hour_idx on subscribers (zone, weekday, hour) where status = 'confirmed';
create index subscribers_pending_idx on subscribers (asked_at) where status = 'pending';

-- Addresses that get no mail to a list any more, whoever brings them again. Only a keyed hash is kept.
create table suppressions (
  email_mac bytea primary key,         -- HMAC-SHA-256 of the address in lower case
  reason text not null check (reason in ('wiped', 'bounced')),
  created_at timestamptz not null default now()
);

-- Mails to the list and mails to an account leave in separate streams, so that none of the second waits behind the first.
alter table outbox
  add column subscriber_id uuid references subscribers (id) on delete set null, -- a mail to the list; asked again before it leaves
  add column unsubscribe_url text; -- List-Unsubscribe, and its one-click twin (RFC 8058); a mail with it belongs to the list
