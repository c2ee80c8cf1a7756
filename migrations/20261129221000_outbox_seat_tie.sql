-- A mail that tells a member of other dates is tied to her seat alone: meetings may move again, and it still tells the truth
-- about when it was written; but whoever has given the seat back is told nothing more and gets no dates into her calendar.
create or replace function outbox_is_stale(of_meeting uuid, of_sequence integer, of_reservation uuid, of_offer uuid)
returns boolean language sql stable as $$
  select of_meeting is not null and not exists (
      select from meetings m join reservations r on r.group_id = m.group_id
      where m.id = of_meeting and m.status = 'scheduled' and m.sequence = of_sequence
        and r.id = of_reservation and r.ended_at is null
        and not exists (select from absences a where a.meeting_id = m.id and a.member_id = r.member_id))
    or of_meeting is null and of_reservation is not null and not exists (
      select from reservations r where r.id = of_reservation and r.ended_at is null)
    or of_offer is not null and not exists (select from offers o where o.id = of_offer and o.closed_at is null)
$$;
