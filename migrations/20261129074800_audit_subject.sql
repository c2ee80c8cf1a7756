-- no-transaction
-- The index of all subjects: audit_events_about_idx is in its place. A program that still runs reads the same without it.
drop index concurrently if exists audit_events_subject_idx;
