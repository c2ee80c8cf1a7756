-- As group_line before, but a vacancy was offered to a member and not to her place in line: whoever leaves a line and joins
-- it again has a new place, and the seats that she was offered before are still not offered to her again. They are the same
-- rows over which offers_vacancy_key watches, so that what the program thinks can be offered to her can be.
create or replace function group_line(of_group uuid) returns jsonb language sql stable as $$
  select jsonb_build_object(
    'waiters', (select jsonb_agg(jsonb_build_object('entry', e.id, 'member', e.member_id, 'state', p.state,
        'outside_us', coalesce(p.outside_us, false), 'says_adult', coalesce(p.says_adult, false), 'born_on', p.born_on,
        'told_skipped', e.skipped_at is not null,
        'seated', exists (select from seats x where x.group_id = of_group and x.member_id = e.member_id
          and (x.state = 'reserved' or x.state <> 'free' and x.held_until > now())),
        'offered', coalesce((select jsonb_agg(o.vacancy order by o.vacancy) from offers o
          where o.group_id = of_group and o.member_id = e.member_id), '[]'))
        order by e.joined_at, e.id)
      from waiting_entries e left join members p on p.account_id = e.member_id
      where e.group_id = of_group and e.ended_at is null),
    'vacancies', (select jsonb_agg(jsonb_build_object('seat', x.seat_no, 'id', x.vacancy) order by x.seat_no)
      from seats x where x.group_id = of_group and (x.state = 'free' or x.state <> 'reserved' and x.held_until <= now())))
$$;
