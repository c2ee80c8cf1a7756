-- no-transaction
-- Her own data, her deletion and a changed address find the mails to an address.
create index concurrently if not exists outbox_address_idx on outbox (to_address);
