-- Mails of digests that are on their way, written before their rows said which window they tell of; and what became of the
-- others.
update outbox o set window_ends_at = d.ends_at from digests d where d.mail_id = o.id and d.status = 'pending';
update digests d set
  status = case when o.sent_at is not null then 'sent' else 'failed' end,
  ended = o.sent_at is null and coalesce(o.last_error, '') in ('ended', 'discarded')
from outbox o where o.id = d.mail_id and d.status = 'pending' and (o.sent_at is not null or o.failed_at is not null);
