-- Which groups have changed, and in which transaction: whoever keeps facts about groups in memory (src/server/catalog.rs)
-- asks which of them are others since she read them, and reads those again. Written by triggers below everything that a
-- group's facts come from, in the same transaction, by whatever program or hand; only ever added to, so that two holds in
-- one group do not wait for each other. Rows are of use for an hour (src/store/purge.rs); a backup leaves them out.
create table group_changes (
  xid xid8 not null default pg_current_xact_id(),       -- the transaction; a snapshot says whether it has been seen
  group_id uuid not null,                               -- no reference: the group may be gone
  changed_at timestamptz not null default clock_timestamp()
);
create index group_changes_xid_idx on group_changes (xid);

create function group_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    insert into group_changes (group_id) values (old.group_id);
  else
    insert into group_changes (group_id) values (new.group_id);
  end if;
  return null;
end $$;
-- The short way for a hold: nothing is asked and nothing is looked up.
create function group_seat_changed() returns trigger language plpgsql as $$
begin
  insert into group_changes (group_id) values (new.group_id);
  return null;
end $$;
create trigger group_changed after update on seats for each row execute function group_seat_changed();
create trigger group_seats_changed after insert or delete on seats for each row execute function group_changed();
create trigger group_changed after insert or update or delete on meetings for each row execute function group_changed();
create trigger group_changed after insert or update or delete on waiting_entries for each row execute function group_changed();
create trigger group_changed after insert or update or delete on offers for each row execute function group_changed();

create function group_itself_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    insert into group_changes (group_id) values (old.id);
  else
    insert into group_changes (group_id) values (new.id);
  end if;
  return null;
end $$;
create trigger group_changed after insert or update or delete on groups for each row execute function group_itself_changed();

-- Who leads a group is on its card, and is searched for.
create function group_leader_changed() returns trigger language plpgsql as $$
begin
  insert into group_changes (group_id) select id from groups where leader_id = new.id;
  return null;
end $$;
create trigger group_changed after update on therapists for each row execute function group_leader_changed();

-- Where a leader may practise decides who may join.
create function group_authority_changed() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    insert into group_changes (group_id) select id from groups where leader_id = old.therapist_id;
  end if;
  if tg_op <> 'DELETE' then
    insert into group_changes (group_id) select id from groups where leader_id = new.therapist_id;
  end if;
  return null;
end $$;
create trigger group_changed after insert or update or delete on authorities
  for each row execute function group_authority_changed();

-- A curriculum says until when a group takes new members.
create function group_curriculum_changed() returns trigger language plpgsql as $$
begin
  insert into group_changes (group_id) select id from groups
    where (curriculum_slug, curriculum_version) = (new.slug, new.version);
  return null;
end $$;
create trigger group_changed after update on curricula for each row execute function group_curriculum_changed();

-- Who waits, and may be offered a seat, decides whether a free one is for everybody. Few wait, and fewer move.
create function group_waiter_changed() returns trigger language plpgsql as $$
begin
  insert into group_changes (group_id) select group_id from waiting_entries
    where member_id = new.account_id and ended_at is null;
  return null;
end $$;
create trigger group_waiter_changed after insert on members for each row execute function group_waiter_changed();
create trigger group_waiter_moved after update of state, outside_us, says_adult, born_on on members for each row
  when ((old.state, old.outside_us, old.says_adult, old.born_on)
    is distinct from (new.state, new.outside_us, new.says_adult, new.born_on))
  execute function group_waiter_changed();
