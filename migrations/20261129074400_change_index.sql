-- no-transaction
-- Her own data and her deletion read changes of the address that are over as well.
create index concurrently if not exists address_changes_account_idx on address_changes (account_id);
