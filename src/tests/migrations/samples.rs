//! Rows of every table, by the migration after which they are inserted.

/// Rows that are put in after a migration, so that those after it run over rows. Whoever adds a table adds rows here.
pub const SAMPLES: &[(&str, &str)] = &[
    (
        "practice create",
        "insert into practice (name, address, phone, email, zone, billing)
         values ('Alder Street', '214 Alder Street', '+1 555 010 0100', 'office@example.org', 'America/New_York', '');
         insert into accounts (id, email, role) values ('00000000-0000-0000-0000-00000000000a', 'wren@example.org', 'member'),
           ('00000000-0000-0000-0000-00000000000b', 'ruth@example.org', 'therapist');
         insert into therapists (id, account_id, slug, name, credentials, profession, email)
         values ('00000000-0000-0000-0000-000000000009', '00000000-0000-0000-0000-00000000000b', 'ruth', 'Ruth', 'PsyD',
           'Psychologist', 'ruth@example.org');
         insert into authorities (id, therapist_id, kind, state, title, number, valid_from, valid_to, checked_by, checked_on)
         values (gen_random_uuid(), '00000000-0000-0000-0000-000000000009', 'license', 'NY', 'Psychologist', '1',
           '2026-01-01', '2027-12-31', 'Ada', '2026-11-01')",
    ),
    (
        "group create",
        "insert into curricula (slug, version, title, mode, units) values ('process', 'v1', 'Process', 'closed', '[{}]');
         insert into groups (id, slug, title, kind, leader_id, summary, happens, status, weekday, local_time, zone, minutes,
           price_cents, starts_on, curriculum_slug, curriculum_version, cycle_began_on)
         values ('00000000-0000-0000-0000-000000000001', 'low-tide', 'Low tide', 'process',
           '00000000-0000-0000-0000-000000000009', '', '', 'open', 7, '19:00', 'America/New_York', 75, 0, '2027-01-01',
           'process', 'v1', '2027-03-08');
         insert into meetings (id, group_id, week, starts_at, ends_at) values ('00000000-0000-0000-0000-000000000002',
           '00000000-0000-0000-0000-000000000001', '2027-03-08', '2027-03-14 23:00Z', '2027-03-15 00:15Z')",
    ),
    (
        "member create",
        "insert into members (account_id, display_name, state) values ('00000000-0000-0000-0000-00000000000a', 'Wren', 'NY');
         insert into agreements (id, member_id, kind, version, text_hash, signed_name)
         values (gen_random_uuid(), '00000000-0000-0000-0000-00000000000a', 'group', '2026-09-01', 'ab', 'Wren Ashby');
         insert into drafts (member_id, step, fields) values ('00000000-0000-0000-0000-00000000000a', 'about', '{}')",
    ),
    (
        "seat create",
        "insert into reservations (id, reference, group_id, member_id) values ('00000000-0000-0000-0000-000000000003',
           'CG 7Q4 M2X', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000a');
         insert into seats (group_id, seat_no) select '00000000-0000-0000-0000-000000000001', generate_series(1, 8);
         update seats set state = 'reserved', member_id = '00000000-0000-0000-0000-00000000000a',
           reservation_id = '00000000-0000-0000-0000-000000000003' where seat_no = 3;
         insert into holds (id, group_id, member_id) values (gen_random_uuid(), '00000000-0000-0000-0000-000000000001',
           '00000000-0000-0000-0000-00000000000a');
         insert into waiting_entries (id, group_id, member_id) values (gen_random_uuid(),
           '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000b');
         insert into idempotency_keys (member_id, action, key, answer)
         values ('00000000-0000-0000-0000-00000000000a', 'hold', gen_random_uuid(), '\"/program\"')",
    ),
    (
        "session create",
        "insert into sign_in_codes (id, email, browser_hash, code_hash, link_hash, expires_at)
         values (gen_random_uuid(), 'wren@example.org', 'a', 'b', 'c', now());
         insert into sessions (id, token_hash, account_id, idle_seconds, expires_at)
         values (gen_random_uuid(), 'a', '00000000-0000-0000-0000-00000000000a', 1800, now());
         insert into rate_buckets (key, tokens, allowed) values ('code:strangers', 3, true)",
    ),
    ("audit create", "insert into audit_events (actor, action, subject) values ('operator', 'practice loaded', 'x')"),
    (
        "outbox create",
        "insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id)
         values (gen_random_uuid(), 'e', 'sign_in_code', 'wren@example.org', 's', 't', 'h', '<m@example.org>')",
    ),
    (
        "waiting offer",
        "insert into offers (id, entry_id, group_id, member_id, vacancy, ends_at)
         select '00000000-0000-0000-0000-000000000004', id, group_id, member_id, '00000000-0000-0000-0000-000000000005', now()
         from waiting_entries;
         update seats set state = 'offered', member_id = '00000000-0000-0000-0000-00000000000b', held_at = now(),
           hold_id = '00000000-0000-0000-0000-000000000004', offer_id = '00000000-0000-0000-0000-000000000004',
           vacancy = '00000000-0000-0000-0000-000000000005', held_until = now() where seat_no = 4",
    ),
    (
        "absence create",
        "insert into absences (meeting_id, member_id)
         values ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-00000000000a')",
    ),
    (
        "contact question create",
        "insert into contact_questions (id, name, email, question) values (gen_random_uuid(), 'Wren', 'wren@example.org', 'q')",
    ),
    (
        "address change create",
        "insert into address_changes (id, account_id, new_email, old_hash, new_hash, expires_at)
         values (gen_random_uuid(), '00000000-0000-0000-0000-00000000000a', 'new@example.org', 'o', 'n', now())",
    ),
    (
        "calendar feed create",
        "insert into calendar_feeds (account_id, token_hash) values ('00000000-0000-0000-0000-00000000000a', 't')",
    ),
    ("group change create", "update groups set summary = 'About what comes and goes.'"),
    (
        "subscriber create",
        "insert into subscribers (id, email, status, topics, days, zone, consent_version, consent_text, confirmed_at)
         values ('00000000-0000-0000-0000-00000000000c', 'ada@example.org', 'confirmed', '{anxiety}', '{1,3}', 'America/New_York',
           '2026-11-29', 'Yes', now());
         insert into suppressions (email_mac, reason) values ('s', 'wiped');
         insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, subscriber_id,
           unsubscribe_url)
         values (gen_random_uuid(), 'digest:1', 'digest', 'ada@example.org', 's', 't', 'h', '<1@h>',
           '00000000-0000-0000-0000-00000000000c', 'https://circles.example.org/unsubscribe/x')",
    ),
    (
        "digest create",
        "insert into group_news (group_id, at, what) select id, now(), 'opened' from groups limit 1;
         insert into digest_runs (id, began_at, expected) values ('00000000-0000-0000-0000-00000000000d', now(), 1);
         insert into digests (subscriber_id, starts_at, ends_at, status, groups, run_id)
         values ('00000000-0000-0000-0000-00000000000c', now() - interval '7 days', now(), 'skipped', 0,
           '00000000-0000-0000-0000-00000000000d');
         insert into digest_cells (zone, weekday, hour, done_until) values ('America/New_York', 1, 9, now());
         insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, subscriber_id,
           unsubscribe_url, sent_at, failed_at)
         select md5(fate)::uuid, 'digest:00000000-0000-0000-0000-00000000000c:' || number, 'digest', 'ada@example.org', 's', 't', 'h',
           fate, '00000000-0000-0000-0000-00000000000c', 'https://circles.example.org/unsubscribe/x',
           case fate when 'sent' then now() end, case fate when 'failed' then now() end
         from (values ('waits', 1000), ('sent', 2000), ('failed', 3000)) as mail (fate, number);
         insert into digests (subscriber_id, starts_at, ends_at, status, groups, run_id, mail_id)
         select '00000000-0000-0000-0000-00000000000c', 'epoch', to_timestamp(number), 'pending', 1,
           '00000000-0000-0000-0000-00000000000d', md5(fate)::uuid
         from (values ('waits', 1000), ('sent', 2000), ('failed', 3000)) as mail (fate, number)",
    ),
    (
        "digest words",
        "insert into digest_words (id, text_body, html_body) values ('00000000-0000-0000-0000-00000000000e', 't', 'h')",
    ),
    (
        "question account",
        "insert into contact_questions (id, name, email, question, account_id)
         values (gen_random_uuid(), 'Wren', 'wren@example.org', 'q', '00000000-0000-0000-0000-00000000000a')",
    ),
    (
        "reminder create",
        "insert into mail_choices (account_id, day_before) values ('00000000-0000-0000-0000-00000000000a', false);
         insert into outbox (id, event_key, kind, to_address, subject, text_body, html_body, message_id, about_meeting,
           about_sequence, about_reservation)
         values (gen_random_uuid(), 'meeting_day:00000000-0000-0000-0000-000000000002:00000000-0000-0000-0000-00000000000a', 'meeting_day', 'wren@example.org', 's', 't', 'h', '<2@h>',
           '00000000-0000-0000-0000-000000000002', 0, '00000000-0000-0000-0000-000000000003')",
    ),
    (
        "list amend",
        "update subscribers set asked = '{\"topics\": [\"depression\"], \"zone\": \"UTC\"}';
         insert into group_news (group_id, at, what) select id, now(), 'freed' from groups limit 1",
    ),
];
