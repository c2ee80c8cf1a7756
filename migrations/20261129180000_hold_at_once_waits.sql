-- Whoever comes while the last seats are being taken is told so here, instead of looking again with two more round trips: those
-- who are ahead are given some milliseconds to commit, and where none of them gave up, no seat is left. Nothing else changes.
create or replace function hold_at_once(of_token bytea, of_key uuid, of_group uuid, group_lock bigint, seen_group text,
  seen_at timestamptz, seen_until timestamptz, places text[], typed_place text, seconds float8, answer jsonb,
  most_holds bigint, out outcome text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  here record;
  facts record;
  seat record;
  free boolean;
  chosen smallint;
begin
  outcome := 'look';
  perform pg_advisory_xact_lock_shared(group_lock);
  free := exists (select from seats s where s.group_id = of_group
    and (s.state = 'free' or s.state <> 'reserved' and s.held_until <= now()));
  select a.id as who, m.xmin::text as member_version into here
    from sessions s join accounts a on a.id = s.account_id join members m on m.account_id = a.id
    where s.token_hash = of_token and a.role = 'member' and a.deleted_at is null and s.revoked_at is null
      and s.expires_at > now() and s.used_at > now() - make_interval(secs => s.idle_seconds)
      and m.says_adult and m.born_on is null
      and case when m.outside_us then 'outside' else m.state end = any (places)
      and (typed_place is null or typed_place = case when m.outside_us then 'outside' else m.state end);
  if not found then return; end if;
  -- Where a seat is free her account is locked, which everything of hers waits for; nothing is locked for a refusal.
  if free then
    perform from accounts a where a.id = here.who and a.role = 'member' and a.deleted_at is null for no key update;
    if not found then return; end if;
  end if;

  select g.xmin::text as group_version, m.xmin::text as member_version, hers.*,
      exists (select from holds h where h.member_id = here.who and h.group_id = of_group
        and h.held_at > now() - interval '1 day') as held_lately,
      exists (select from idempotency_keys k where k.member_id = here.who and k.action = 'hold' and k.key = of_key) as answered,
      set_config('app.actor', here.who::text, true) as actor
    into facts
    from groups g
    join members m on m.account_id = here.who
    cross join lateral (select
        count(*) filter (where s.state = 'reserved') as reservations,
        count(*) filter (where s.state = 'held' and s.held_until > now()) as holds,
        coalesce(bool_or(s.group_id = of_group), false) as is_here
      from seats s where s.member_id = here.who) hers
    where g.id = of_group;
  if facts.group_version is distinct from seen_group or facts.member_version is distinct from here.member_version
    or coalesce(seen_until <= seen_at + (clock_timestamp() - now()), true)
    or facts.answered or facts.held_lately or facts.is_here or facts.reservations > 0 or facts.holds >= most_holds then
    return;
  end if;
  if not free then outcome := 'full'; return; end if;

  -- Nobody waits for a lock here: `skip locked` keeps the lock of a seat that was taken meanwhile, so that two who waited for
  -- each other's could stand still for ever. Those who are ahead need a moment to commit, and it is given to them.
  for try in 1 .. 4 loop
    select s.seat_no into chosen from seats s
      where s.group_id = of_group and (s.state = 'free' or s.state <> 'reserved' and s.held_until <= now())
      order by s.seat_no for update skip locked limit 1;
    exit when found;
    if not exists (select from seats s where s.group_id = of_group
        and (s.state = 'free' or s.state <> 'reserved' and s.held_until <= now())) then
      outcome := 'full';
      return;
    end if;
    perform pg_sleep(0.001 * try);
  end loop;
  if chosen is null then return; end if;
  update seats set state = 'held', member_id = here.who, hold_id = gen_random_uuid(), held_at = now(),
      held_until = now() + make_interval(secs => seconds), renewals = 0
    where group_id = of_group and seat_no = chosen
    returning seat_no, hold_id into seat;
  insert into holds (id, group_id, member_id) values (seat.hold_id, of_group, here.who);
  insert into audit_events (actor, action, subject, detail) values (facts.actor, 'seat held', of_group::text,
    jsonb_build_object('hold', seat.hold_id, 'seat', seat.seat_no));
  insert into idempotency_keys (member_id, action, key, answer) values (here.who, 'hold', of_key, answer);
  outcome := 'held';
end $$;
