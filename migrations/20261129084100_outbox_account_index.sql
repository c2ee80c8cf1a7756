-- no-transaction
-- Mails to accounts are found without walking past the mails to the list; a code runs out first, so it leaves first.
create index concurrently if not exists outbox_account_due_idx on outbox (expires_at, send_after)
  where sent_at is null and failed_at is null and unsubscribe_url is null;
