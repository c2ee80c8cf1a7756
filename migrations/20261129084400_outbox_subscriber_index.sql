-- no-transaction
-- A subscription that ends or is wiped takes its mails with it.
create index concurrently if not exists outbox_subscriber_idx on outbox (subscriber_id) where subscriber_id is not null;
