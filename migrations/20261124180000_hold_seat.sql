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

-- Holds a seat, in one call that is a transaction of its own: the proof, the wait for a twin of the same form and the twin's
-- answer, the locks (all by begin_deed), what the database alone can judge, the seat, the hold, the audit row and the answer
-- under its key. Every statement in here has a snapshot of its own, which is younger than the locks.
--
-- What the program judges (eligibility, the line, the week of the cycle) it has judged before, from rows whose versions are
-- given: seen_group and seen_member are their xmin, seen_line is group_line(). Where one of them is another one now the
-- outcome is 'moved', nothing is done, and the program looks again. The limits of src/domain/seat.rs are given as well.
--
-- Outcomes: 'held' (a living hold of hers counts as it is), 'answered' (first_answer), 'moved', 'not signed in', and the
-- refusals 'seated here', 'reservations', 'holds', 'fresh holds', 'clash' (with the other group's title), 'full'.
create function hold_seat(of_token bytea, of_key uuid, key_lock bigint, of_slug text,
  seen_group text, seen_member text, seen_line jsonb, among smallint[], seconds float8,
  told boolean, told_place boolean, told_state text, told_outside boolean, told_adult boolean, answer jsonb,
  most_reservations bigint, most_holds bigint, most_fresh_holds bigint,
  out outcome text, out first_answer jsonb, out title text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  begun record;
  facts record;
  seat record;
begin
  begun := begin_deed(of_token, 'hold', of_key, key_lock, of_slug);
  if begun.account_id is null or begun.role <> 'member' then outcome := 'not signed in'; return; end if;
  if begun.answer is not null then outcome := 'answered'; first_answer := begun.answer; return; end if;
  if begun.group_id is null then outcome := 'moved'; return; end if;

  select
      (select g.xmin::text from groups g where g.id = begun.group_id) as group_version,
      (select m.xmin::text from members m where m.account_id = begun.account_id) as member_version,
      exists (select from waiting_entries w where w.group_id = begun.group_id and w.ended_at is null
        and w.member_id <> begun.account_id) as line,
      count(*) filter (where s.state = 'reserved') as reservations,
      count(*) filter (where s.state = 'held' and s.held_until > now()) as holds,
      bool_or(s.group_id = begun.group_id and s.state = 'reserved') as seated_here,
      bool_or(s.group_id = begun.group_id and s.state in ('held', 'offered') and s.held_until > now()) as held_here,
      (select count(*) from holds h where h.member_id = begun.account_id and h.group_id = begun.group_id
        and h.held_at > now() - interval '1 day') as fresh_holds
    into facts from seats s where s.member_id = begun.account_id;
  if facts.group_version is distinct from seen_group or facts.member_version is distinct from seen_member
    or (facts.line or seen_line is not null) and seen_line is distinct from group_line(begun.group_id) then
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
    title := clashing_group(begun.account_id, begun.group_id);
    if title is not null then outcome := 'clash'; end if;
  end if;

  if outcome is null then
    update seats set state = 'held', member_id = begun.account_id, hold_id = gen_random_uuid(), held_at = now(),
        held_until = now() + make_interval(secs => seconds), renewals = 0
      where (group_id, seat_no) = (
        select s.group_id, s.seat_no from seats s
        where s.group_id = begun.group_id and (s.state = 'free' or (s.state in ('held', 'offered') and s.held_until <= now()))
          and (among is null or s.seat_no = any(among))
        order by (s.member_id = begun.account_id) desc nulls last, s.seat_no for update skip locked limit 1)
      returning seat_no, hold_id into seat;
    if not found then outcome := 'full'; return; end if;
    outcome := 'held';
    insert into holds (id, group_id, member_id) values (seat.hold_id, begun.group_id, begun.account_id);
    insert into audit_events (actor, action, subject, detail) values (begun.account_id::text, 'seat held', begun.group_id::text,
      jsonb_build_object('hold', seat.hold_id, 'seat', seat.seat_no));
  end if;
  if outcome <> 'held' then return; end if;
  if told then
    perform keep_hold_answers(begun.account_id, told_place, told_state, told_outside, told_adult);
  end if;
  insert into idempotency_keys as k (member_id, action, key, answer) values (begun.account_id, 'hold', of_key, answer)
    on conflict (member_id, action, key) do update set answer = excluded.answer, created_at = now();
end $$;
