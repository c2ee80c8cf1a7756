-- no-transaction
-- What somebody did, for her own data. Each row of the trail pays for it, that of a hold as well; in exchange a hold's row
-- leaves the index of the subjects, see the two migrations after this one, so that a hold costs what it did.
create index concurrently if not exists audit_events_actor_idx on audit_events (actor);
