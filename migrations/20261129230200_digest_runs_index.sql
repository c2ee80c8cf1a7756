-- no-transaction
-- Runs whose mails were to be looked at; a digest notes by itself what became of its mail.
drop index concurrently if exists digest_runs_open_idx;
