-- no-transaction
-- Mails about a subscription are found by its id, which their event begins with, whatever address they went to.
create index concurrently if not exists outbox_subscription_idx on outbox (event_key collate "C")
  where kind like 'subscription\_%';
