-- Mails to be sent: written in the transaction of the event they tell of, sent by the worker, at least once,
-- always with the same Message-ID.
create table outbox (
  id uuid primary key,
  event_key text not null constraint outbox_event_key unique, -- one logical mail per event
  kind text not null,                   -- folder of the mail under src/mail/
  to_address text not null,
  subject text not null,
  text_body text not null,
  html_body text not null,
  calendar text,                        -- an .ics attachment
  message_id text not null constraint outbox_message_key unique,
  created_at timestamptz not null default now(),
  send_after timestamptz not null default now(),
  expires_at timestamptz,               -- a code that is out of date is not sent any more
  attempts smallint not null default 0,
  leased_until timestamptz,
  sent_at timestamptz,
  failed_at timestamptz,                -- given up
  last_error text
);
create index outbox_due_idx on outbox (send_after) where sent_at is null and failed_at is null;
