-- A group's line and its vacancies, as src/store/waiting.rs reads them: everybody who waits, in the order of joining, and
-- every free seat, in the order of the numbers.
create function group_line(of_group uuid) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'waiters', (select jsonb_agg(jsonb_build_object('entry', e.id, 'member', e.member_id, 'state', p.state,
        'outside_us', coalesce(p.outside_us, false), 'says_adult', coalesce(p.says_adult, false), 'born_on', p.born_on,
        'told_skipped', e.skipped_at is not null,
        'seated', exists (select from seats x where x.group_id = of_group and x.member_id = e.member_id
          and (x.state = 'reserved' or x.state <> 'free' and x.held_until > now())),
        'offered', coalesce((select jsonb_agg(o.vacancy order by o.vacancy) from offers o where o.entry_id = e.id), '[]'))
        order by e.joined_at, e.id)
      from waiting_entries e left join members p on p.account_id = e.member_id
      where e.group_id = of_group and e.ended_at is null),
    'vacancies', (select jsonb_agg(jsonb_build_object('seat', x.seat_no, 'id', x.vacancy) order by x.seat_no)
      from seats x where x.group_id = of_group and (x.state = 'free' or x.state <> 'reserved' and x.held_until <= now())))
$$;

-- Another group of hers that meets at the same time, by its title: of the coming meetings some overlap.
create function clashing_group(of_member uuid, of_group uuid) returns text language sql stable as $$
  select g.title from seats s
  join groups g on g.id = s.group_id
  join meetings theirs on theirs.group_id = s.group_id and theirs.status = 'scheduled' and theirs.ends_at > now()
  join meetings here on here.group_id = of_group and here.status = 'scheduled' and here.ends_at > now()
    and here.starts_at < theirs.ends_at and theirs.starts_at < here.ends_at
  where s.member_id = of_member and s.state = 'reserved' and s.group_id <> of_group
  limit 1
$$;

-- What the page before a hold, or before a line, has asked: where she is (null: not asked), and that she is of age.
create function keep_hold_answers(of_member uuid, asked_place boolean, in_state text, is_outside boolean, is_adult boolean)
returns void language sql volatile as $$
  insert into members as m (account_id, state, outside_us, says_adult) values (of_member, in_state, is_outside, is_adult)
  on conflict (account_id) do update set
    state = case when asked_place then excluded.state else m.state end,
    outside_us = case when asked_place then excluded.outside_us else m.outside_us end,
    says_adult = m.says_adult or excluded.says_adult, updated_at = now()
$$;

-- Holds a seat, in one call that is a transaction of its own: the proof from her session, the wait for a twin of the same
-- form and the twin's answer, the group's lock (shared) and her own, what the database alone can judge, the seat, the hold,
-- the audit row, and the answer under its key. Every statement in here has a snapshot of its own, so that what is judged is
-- younger than the locks. (begin_deed, which did the beginning of it, serves programs that are older than this.)
--
-- What the program judges (eligibility, the line, the week of the cycle) it has judged before, from rows whose versions it
-- gives: seen_group and seen_member are their xmin, seen_line is group_line(). Where one of them is another one by now the
-- outcome is 'moved', nothing is done, and the program looks again. The limits of src/domain/seat.rs and the numbers of the
-- locks (src/store/locks.rs, idempotency.rs) are given as well.
--
-- Outcomes: 'held' (a living hold of hers counts as it is), 'answered' (first_answer), 'moved', 'not signed in', and the
-- refusals 'seated here', 'reservations', 'holds', 'fresh holds', 'clash' (with the other group's title), 'full'.
create function hold_seat(of_token bytea, of_key uuid, key_lock bigint, of_group uuid, group_lock bigint,
  seen_group text, seen_member text, seen_line jsonb, among smallint[], seconds float8,
  told boolean, told_place boolean, told_state text, told_outside boolean, told_adult boolean, answer jsonb,
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
    or (facts.line or seen_line is not null) and seen_line is distinct from group_line(of_group) then
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
    title := clashing_group(who.id, of_group);
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
