-- A device that stays signed in for weeks may be in other hands. Before her data leaves, her address changes or her account
-- goes, she types a fresh code; the last time she typed one is kept here, with the code that is on its way.
alter table sessions add column verified_at timestamptz not null default now();
alter table sessions add column code_hash bytea;        -- HMAC-SHA-256 of the six digits that were mailed, until they are used
alter table sessions add column code_until timestamptz; -- the code works until then
alter table sessions add column code_tries smallint not null default 0 check (code_tries between 0 and 5);
alter table sessions add constraint sessions_code_has_end check ((code_hash is null) = (code_until is null)) not valid;
