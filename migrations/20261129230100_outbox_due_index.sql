-- no-transaction
-- Each stream has an index of its own by which what is due is found; this one served both, and every mail paid for it twice.
drop index concurrently if exists outbox_due_idx;
