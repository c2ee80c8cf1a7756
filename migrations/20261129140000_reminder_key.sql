-- The key of a reminder names the start of the meeting too, so that one that moves is told of again. Those that were written
-- about meetings still to come get the key that they would have now, or each would be written a second time.
update outbox o set event_key = o.kind || ':' || m.id || ':' || extract(epoch from m.starts_at)::bigint || ':' || r.member_id
from meetings m, reservations r
where o.kind in ('meeting_day', 'meeting_hour') and m.id = o.about_meeting and m.starts_at > now()
  and m.sequence = o.about_sequence and r.id = o.about_reservation
  and o.event_key = o.kind || ':' || m.id || ':' || r.member_id;
