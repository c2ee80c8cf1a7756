-- no-transaction
-- Changes of meetings that nobody has been told of: few at any time.
create index concurrently if not exists meetings_untold_idx on meetings (group_id) where told_sequence <> sequence;
