-- Whether two groups clash is a question of the calendar, so the moment comes from the program's clock and not from that of
-- Postgres. (clashing_group without a moment serves programs that are older than this.)
create function clashing_group(of_member uuid, of_group uuid, at timestamptz) returns text language sql stable as $$
  select g.title from seats s
  join groups g on g.id = s.group_id
  join meetings theirs on theirs.group_id = s.group_id and theirs.status = 'scheduled' and theirs.ends_at > at
  join meetings here on here.group_id = of_group and here.status = 'scheduled' and here.ends_at > at
    and here.starts_at < theirs.ends_at and theirs.starts_at < here.ends_at
  where s.member_id = of_member and s.state = 'reserved' and s.group_id <> of_group
  limit 1
$$;

-- A change of what a leader may do is a change of her groups: their rows get new versions, by which hold_seat sees that what
-- the program judged is not so any more. It costs whoever changes an authority, which is rare, and a hold nothing.
create function authorities_mark_groups() returns trigger language plpgsql as $$
begin
  update groups set leader_id = leader_id where leader_id in (old.therapist_id, new.therapist_id);
  return null;
end $$;
create trigger authority_marks_groups after insert or update or delete on authorities
  for each row execute function authorities_mark_groups();

-- As hold_seat before, with two moments of the calendar: seen_at, at which the program looked, and seen_until, at which the
-- meeting ends that it took for her first one. Where that end came while the call waited for its locks, eligibility and the
-- week of the cycle are those of another meeting, so the outcome is 'moved' as well.
create function hold_seat(of_token bytea, of_key uuid, key_lock bigint, of_group uuid, group_lock bigint,
  seen_group text, seen_member text, seen_line jsonb, seen_at timestamptz, seen_until timestamptz, among smallint[],
  seconds float8, told boolean, told_place boolean, told_state text, told_outside boolean, told_adult boolean, answer jsonb,
  most_reservations bigint, most_holds bigint, most_fresh_holds bigint,
  out outcome text, out first_answer jsonb, out title text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  who record;
  facts record;
  seat record;
begin
  select s.account_id as id, set_config('app.actor', s.account_id::text, true) as actor into who
    from sessions s join accounts a on a.id = s.account_id
    where s.token_hash = of_token and a.role = 'member' and s.revoked_at is null and s.expires_at > now()
      and s.used_at > now() - make_interval(secs => s.idle_seconds);
  if not found then outcome := 'not signed in'; return; end if;
  perform pg_advisory_xact_lock(key_lock);
  perform pg_advisory_xact_lock_shared(group_lock);
  -- Whoever had to wait for her deletion ends as if she were not signed in.
  perform from accounts a where a.id = who.id and a.deleted_at is null for no key update;
  if not found then outcome := 'not signed in'; return; end if;

  select
      (select k.answer from idempotency_keys k where k.member_id = who.id and k.action = 'hold' and k.key = of_key
        and k.created_at > now() - interval '48 hours') as answer,
      (select g.xmin::text from groups g where g.id = of_group) as group_version,
      (select m.xmin::text from members m where m.account_id = who.id) as member_version,
      exists (select from waiting_entries w where w.group_id = of_group and w.ended_at is null
        and w.member_id <> who.id) as line,
      count(*) filter (where s.state = 'reserved') as reservations,
      count(*) filter (where s.state = 'held' and s.held_until > now()) as holds,
      bool_or(s.group_id = of_group and s.state = 'reserved') as seated_here,
      bool_or(s.group_id = of_group and s.state in ('held', 'offered') and s.held_until > now()) as held_here,
      (select count(*) from holds h where h.member_id = who.id and h.group_id = of_group
        and h.held_at > now() - interval '1 day') as fresh_holds
    into facts from seats s where s.member_id = who.id;
  if facts.answer is not null then outcome := 'answered'; first_answer := facts.answer; return; end if;
  if facts.group_version is distinct from seen_group or facts.member_version is distinct from seen_member
    or (facts.line or seen_line is not null) and seen_line is distinct from group_line(of_group)
    or coalesce(seen_until <= seen_at + (clock_timestamp() - now()), false) then
    outcome := 'moved'; return;
  end if;

  outcome := case
    when facts.held_here then 'held'
    when facts.seated_here then 'seated here'
    when facts.reservations >= most_reservations then 'reservations'
    when facts.holds >= most_holds then 'holds'
    when facts.fresh_holds >= most_fresh_holds then 'fresh holds'
  end;
  if outcome is null and facts.reservations > 0 then
    title := clashing_group(who.id, of_group, seen_at);
    if title is not null then outcome := 'clash'; end if;
  end if;

  if outcome is null then
    update seats set state = 'held', member_id = who.id, hold_id = gen_random_uuid(), held_at = now(),
        held_until = now() + make_interval(secs => seconds), renewals = 0
      where (group_id, seat_no) = (
        select s.group_id, s.seat_no from seats s
        where s.group_id = of_group and (s.state = 'free' or (s.state in ('held', 'offered') and s.held_until <= now()))
          and (among is null or s.seat_no = any(among))
        order by (s.member_id = who.id) desc nulls last, s.seat_no for update skip locked limit 1)
      returning seat_no, hold_id into seat;
    if not found then outcome := 'full'; return; end if;
    outcome := 'held';
    insert into holds (id, group_id, member_id) values (seat.hold_id, of_group, who.id);
    insert into audit_events (actor, action, subject, detail) values (who.actor, 'seat held', of_group::text,
      jsonb_build_object('hold', seat.hold_id, 'seat', seat.seat_no));
  end if;
  if outcome <> 'held' then return; end if;
  if told then
    perform keep_hold_answers(who.id, told_place, told_state, told_outside, told_adult);
  end if;
  insert into idempotency_keys as k (member_id, action, key, answer) values (who.id, 'hold', of_key, answer)
    on conflict (member_id, action, key) do update set answer = excluded.answer, created_at = now();
end $$;
