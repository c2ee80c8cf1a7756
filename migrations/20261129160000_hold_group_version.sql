-- What a hold judges of a group is kept in memory by the program (src/server/kept_groups.rs) and proved by the version of the
-- group's row, so everything that it judges has to change that row: when the group meets, and that somebody waits. Who may
-- do what does already (authority_marks_groups). It costs whoever changes a meeting or joins a line, and a hold nothing.
create function mark_group() returns trigger language plpgsql as $$
begin
  update groups set leader_id = leader_id where id = new.group_id;
  return null;
end $$;
create trigger waiting_marks_group after insert on waiting_entries for each row execute function mark_group();
create trigger waiting_again_marks_group after update of ended_at on waiting_entries for each row
  when (old.ended_at is not null and new.ended_at is null) execute function mark_group();

create function mark_changed_groups() returns trigger language plpgsql as $$
begin
  update groups set leader_id = leader_id where id in (select group_id from changed);
  return null;
end $$;
create trigger meetings_new_mark_groups after insert on meetings referencing new table as changed
  for each statement execute function mark_changed_groups();
create trigger meetings_moved_mark_groups after update on meetings referencing new table as changed
  for each statement execute function mark_changed_groups();
create trigger meetings_gone_mark_groups after delete on meetings referencing old table as changed
  for each statement execute function mark_changed_groups();

-- As hold_seat before, made for less work: her account's lock, which everything of hers waits for, serves for the twin of the
-- same form as well; the proof is read with that lock; the first answer is asked for only where a twin can have been; and
-- where nobody waited when the program looked, the version of the group's row says whether somebody does now.
create function hold_seat(of_token bytea, of_key uuid, of_group uuid, group_lock bigint,
  seen_group text, seen_member text, seen_line jsonb, seen_at timestamptz, seen_until timestamptz, among smallint[],
  seconds float8, told boolean, told_place boolean, told_state text, told_outside boolean, told_adult boolean, answer jsonb,
  most_reservations bigint, most_holds bigint, most_fresh_holds bigint,
  out outcome text, out first_answer jsonb, out title text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  who uuid;
  facts record;
  seat record;
begin
  perform pg_advisory_xact_lock_shared(group_lock);
  -- Whoever had to wait for her deletion ends as if she were not signed in.
  select s.account_id into who from sessions s join accounts a on a.id = s.account_id
    where s.token_hash = of_token and a.role = 'member' and a.deleted_at is null and s.revoked_at is null
      and s.expires_at > now() and s.used_at > now() - make_interval(secs => s.idle_seconds)
    for no key update of a;
  if not found then outcome := 'not signed in'; return; end if;

  select g.xmin::text as group_version, m.xmin::text as member_version, hers.*,
      (select count(*) from holds h where h.member_id = who and h.group_id = of_group
        and h.held_at > now() - interval '1 day') as fresh_holds,
      set_config('app.actor', who::text, true) as actor
    into facts
    from groups g
    left join members m on m.account_id = who
    cross join lateral (select
        count(*) filter (where s.state = 'reserved') as reservations,
        count(*) filter (where s.state = 'held' and s.held_until > now()) as holds,
        bool_or(s.group_id = of_group and s.state = 'reserved') as seated_here,
        bool_or(s.group_id = of_group and s.state in ('held', 'offered') and s.held_until > now()) as held_here,
        count(*) filter (where s.group_id = of_group and s.state in ('held', 'offered') and s.held_until <= now()) as lapsed_here
      from seats s where s.member_id = who) hers
    where g.id = of_group;
  -- Whoever did not see the twin of this form look sees it now: it left a seat, or a hold.
  if facts.held_here or facts.seated_here or facts.fresh_holds > 0 then
    select k.answer into first_answer from idempotency_keys k
      where k.member_id = who and k.action = 'hold' and k.key = of_key and k.created_at > now() - interval '48 hours';
    if found then outcome := 'answered'; return; end if;
  end if;
  if facts.group_version is distinct from seen_group or facts.member_version is distinct from seen_member
    or seen_line is not null and seen_line is distinct from group_line(of_group)
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
    title := clashing_group(who, of_group, seen_at);
    if title is not null then outcome := 'clash'; end if;
  end if;

  if outcome is null then
    -- Her lapsed seat is hers no more where others wait for it; with it she could have no other one here.
    if facts.lapsed_here > 0 and among is not null then
      update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0,
          offer_id = null
        where group_id = of_group and member_id = who and state in ('held', 'offered') and held_until <= now()
          and seat_no <> all(among);
    end if;
    update seats set state = 'held', member_id = who, hold_id = gen_random_uuid(), held_at = now(),
        held_until = now() + make_interval(secs => seconds), renewals = 0
      where (group_id, seat_no) = (
        select s.group_id, s.seat_no from seats s
        where s.group_id = of_group and (s.state = 'free' or (s.state in ('held', 'offered') and s.held_until <= now()))
          and (among is null or s.seat_no = any(among))
        order by (s.member_id = who) desc nulls last, s.seat_no for update skip locked limit 1)
      returning seat_no, hold_id into seat;
    if not found then outcome := 'full'; return; end if;
    outcome := 'held';
    insert into holds (id, group_id, member_id) values (seat.hold_id, of_group, who);
    insert into audit_events (actor, action, subject, detail) values (facts.actor, 'seat held', of_group::text,
      jsonb_build_object('hold', seat.hold_id, 'seat', seat.seat_no));
  end if;
  if outcome <> 'held' then return; end if;
  if told then
    perform keep_hold_answers(who, told_place, told_state, told_outside, told_adult);
  end if;
  insert into idempotency_keys as k (member_id, action, key, answer) values (who, 'hold', of_key, answer)
    on conflict (member_id, action, key) do update set answer = excluded.answer, created_at = now();
end $$;
