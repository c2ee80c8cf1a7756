-- no-transaction
-- Mails to the list, in the order in which they are due.
create index concurrently if not exists outbox_list_due_idx on outbox (send_after)
  where sent_at is null and failed_at is null and unsubscribe_url is not null;
