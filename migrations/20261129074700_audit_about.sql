-- no-transaction
-- What happened to somebody or something. The row of a hold is about a group, and nobody asks for a group's holds here.
create index concurrently if not exists audit_events_about_idx on audit_events (subject) where action <> 'seat held';
