-- The run of a digest was looked up for each; it is written in the same transaction.
alter table digests drop constraint digests_run_id_fkey;
