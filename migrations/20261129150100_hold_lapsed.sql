-- As hold_seat before, but a seat of hers that lapsed does not stand in the way of another one. Beside a line her own may
-- be one that somebody is offered before her while another free seat is not; to hold that one failed at seats_member_key,
-- and she read that she had a seat here already. Nothing more is asked where nobody waits.
create or replace function hold_seat(of_token bytea, of_key uuid, key_lock bigint, of_group uuid, group_lock bigint,
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
      min(s.seat_no) filter (where s.group_id = of_group and s.state in ('held', 'offered') and s.held_until <= now())
        as lapsed_seat,
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
    -- Nobody has two seats in a group, so a lapsed one of hers that somebody in line comes before her for is let go first.
    if among is not null and facts.lapsed_seat <> all(among) then
      update seats set state = 'free', member_id = null, hold_id = null, held_at = null, held_until = null, renewals = 0,
          offer_id = null
        where group_id = of_group and seat_no = facts.lapsed_seat and member_id = who.id
          and state in ('held', 'offered') and held_until <= now();
    end if;
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
