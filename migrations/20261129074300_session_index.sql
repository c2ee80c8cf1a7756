-- no-transaction
-- Her own data and her deletion read sessions that are over as well.
create index concurrently if not exists sessions_all_of_account_idx on sessions (account_id);
