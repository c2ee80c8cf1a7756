-- no-transaction
-- Her places in line, those that are over as well.
create index concurrently if not exists waiting_entries_member_idx on waiting_entries (member_id);
