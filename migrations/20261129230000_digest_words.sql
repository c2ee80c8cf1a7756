-- What a weekly mail says is the same for all who are told the same. It stands once, with two marks in place of each one's own
-- addresses; a mail points at it. So fifty thousand mails of fifteen kilobytes are a few hundred texts.
create table digest_words (
  id uuid primary key,
  text_body text not null,             -- with marks (`domain::letter`)
  html_body text not null,
  written_at timestamptz not null default now() -- the date of every mail that says it
);
create index digest_words_written_idx on digest_words (written_at);
alter table outbox
  -- Its words; no key, so that nothing is looked up for each of a hundred thousand. They are kept for longer than mails are.
  add column words_id uuid,
  add column preferences_url text,     -- her own address in those words; the other one is unsubscribe_url
  add column window_ends_at timestamptz, -- with subscriber_id, the digest that it brings
  add constraint outbox_words_stand_once check (words_id is null or text_body = '' and html_body = '') not valid;

-- A digest says what became of its mail: that it has left is noted by whoever notes it of the mail (`outbox_settle`), that it was
-- given up, here, whoever gives it up and wherever. A mail with words of its own was written by an older program, which may
-- still run: it knows neither the end of the window nor that function.
create function outbox_note_digest() returns trigger language plpgsql as $$
begin
  update digests set
    status = case when new.sent_at is not null then 'sent' else 'failed' end,
    ended = new.sent_at is null and coalesce(new.last_error, '') in ('ended', 'discarded')
  where subscriber_id = new.subscriber_id and ends_at = new.window_ends_at and mail_id = new.id and status = 'pending';
  return null;
end $$;
create trigger outbox_digest after update of sent_at, failed_at on outbox for each row
  when (new.window_ends_at is not null and (
    new.failed_at is not null and old.failed_at is null and new.sent_at is null
    or new.sent_at is not null and old.sent_at is null and new.words_id is null))
  execute function outbox_note_digest();
create function outbox_find_window() returns trigger language plpgsql as $$
begin
  new.window_ends_at := to_timestamp(split_part(new.event_key, ':', 3)::bigint);
  return new;
end $$;
create trigger outbox_window before insert on outbox for each row
  when (new.kind = 'digest' and new.window_ends_at is null and new.event_key ~ '^digest:[^:]+:[0-9]+$')
  execute function outbox_find_window();

-- What becomes of a mail is noted beside its row on the same page, without an entry in any index.
alter table digests set (fillfactor = 50);

-- Notes which mails of the list have left, and says which of the next may leave: the claim is still ours, she is on the list
-- with that address, confirmed, not paused, not suppressed (`subscriber_hears` written out, which stays for an older program:
-- a function with a query in it is planned anew for each row). Those that she does not want any more are closed. Each row is
-- found by its key, whatever the statistics said when the plan was made: a plan from when the tables were empty walked through
-- all of the outbox for every few mails.
create function outbox_settle(
  gone uuid[], next_ids uuid[], claims smallint[], addresses text[], macs bytea[], at timestamptz
) returns setof uuid language plpgsql set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  subscribers_of uuid[];
  windows_of timestamptz[];
  mails uuid[];
  wanted uuid[];
  unwanted uuid[];
begin
  if cardinality(gone) > 0 then
    with sent as (
      update outbox set sent_at = now(), failed_at = null, leased_until = null, last_error = null
      where id = any(gone) and sent_at is null
      returning id, subscriber_id, window_ends_at
    )
    select array_agg(sent.subscriber_id), array_agg(sent.window_ends_at), array_agg(sent.id)
      into subscribers_of, windows_of, mails from sent;
    -- Their digests. Whoever else would change one waits for its mail now, or was waited for.
    update digests set status = 'sent', ended = false where ctid = any(array(
      select (select d.ctid from digests d
        where d.subscriber_id = one.subscriber_id and d.ends_at = one.window_ends_at and d.mail_id = one.mail_id)
      from unnest(subscribers_of, windows_of, mails) as one (subscriber_id, window_ends_at, mail_id)));
  end if;
  if cardinality(next_ids) = 0 then
    return;
  end if;
  select array_agg(asked.id) filter (where asked.hears), array_agg(asked.id) filter (where not asked.hears)
    into wanted, unwanted
  from (
    select o.id,
      exists (
        select from subscribers s
        where s.id = o.subscriber_id and s.email = o.to_address and s.status = 'confirmed'
          and (s.paused_until is null or s.paused_until <= (outbox_settle.at at time zone s.zone)::date))
      and not exists (
        select from suppressions s where s.email_mac = macs[array_position(next_ids, o.id)]) as hears
    from outbox o
    where o.id = any(next_ids) and o.attempts = claims[array_position(next_ids, o.id)]
      and o.to_address = addresses[array_position(next_ids, o.id)] and o.sent_at is null and o.failed_at is null
    offset 0) asked;
  if unwanted is not null then
    update outbox set failed_at = now(), leased_until = null, last_error = 'ended'
    where id = any(unwanted) and sent_at is null and failed_at is null;
  end if;
  return query select unnest(wanted);
end $$;

-- Each mail with the words that were or will be sent.
create view outbox_words as
  select o.id,
    case when w.id is null then o.text_body else replace(replace(w.text_body,
      'https://preferences.invalid/', o.preferences_url), 'https://unsubscribe.invalid/', o.unsubscribe_url) end as text_body,
    case when w.id is null then o.html_body else replace(replace(w.html_body,
      'https://preferences.invalid/', o.preferences_url), 'https://unsubscribe.invalid/', o.unsubscribe_url) end as html_body
  from outbox o left join digest_words w on w.id = o.words_id;
