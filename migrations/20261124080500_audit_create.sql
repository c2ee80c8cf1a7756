-- Who did what, when. Written in the same transaction as what it records; never changed, never deleted.
create table audit_events (
  id bigint generated always as identity (cache 32) primary key,
  at timestamptz not null default now(),
  actor text not null,                  -- set_config('app.actor'): an account's id, or "visitor", "worker", "operator"
  action text not null,                 -- noun and verb: "seat held"
  subject text not null,                -- id of what it happened to
  detail jsonb not null default '{}'    -- never health details
);
create index audit_events_subject_idx on audit_events (subject);
create function audit_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit_events is append-only' using errcode = 'restrict_violation';
end $$;
create trigger audit_append_only before update or delete on audit_events for each row execute function audit_refuse_change();
create trigger audit_no_truncate before truncate on audit_events for each statement execute function audit_refuse_change();
