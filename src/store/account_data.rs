//! What is stored about a member, for herself: every table that names her, a list of rows each, with the columns that say
//! something. Hashes, keys and other people's ids are left out; a test knows the schema and notices a table or a column
//! that nobody thought of here.

use super::{Failure, sessions::Member};
use serde_json::Value;

/// The rows of one table.
#[derive(Clone, PartialEq, Debug)]
pub struct TableData {
    /// Its name.
    pub table: String,
    /// Its rows, oldest first; objects.
    pub rows: Vec<Value>,
}

/// Everything, read at one moment: it is one statement, and reads no table whole. The trail has two indexes for it, what she
/// did (`audit_events_actor_idx`) and what happened to her (`audit_events_about_idx`); a hold happens to a group and stands in
/// the first alone, so that it costs a hold no more than one index did. Who else did something is told by role, never by name.
pub async fn collect(executor: impl sqlx::PgExecutor<'_>, member: &Member) -> Result<Vec<TableData>, Failure> {
    let tables = sqlx::query!(
        r#"select 'accounts' as "table!", coalesce((select json_agg(t) from (
             select id, number, email, role, created_at from accounts where id = $1) t), '[]') as "rows!"
           union all select 'members', coalesce((select json_agg(t) from (
             select display_name, legal_name, phone, state, outside_us, says_adult, born_on, zone, contact_name, contact_phone,
             updated_at from members where account_id = $1) t), '[]')
           union all select 'agreements', coalesce((select json_agg(t) from (
             select kind, version, text_hash, signed_name, signed_at from agreements where member_id = $1 order by signed_at) t), '[]')
           union all select 'reservations', coalesce((select json_agg(t) from (
             select g.title as group, r.reference, r.confirmed_at, m.starts_at as first_meeting, r.ended_at, r.end_reason
             from reservations r join groups g on g.id = r.group_id left join meetings m on m.id = r.first_meeting_id
             where r.member_id = $1 order by r.confirmed_at) t), '[]')
           union all select 'seats', coalesce((select json_agg(t) from (
             select g.title as group, s.state, s.held_at, s.held_until, s.renewals from seats s join groups g on g.id = s.group_id
             where s.member_id = $1 and s.state <> 'free' order by g.slug) t), '[]')
           union all select 'absences', coalesce((select json_agg(t) from (
             select g.title as group, m.starts_at as meeting, a.told_at from absences a
             join meetings m on m.id = a.meeting_id join groups g on g.id = m.group_id
             where a.member_id = $1 order by m.starts_at) t), '[]')
           union all select 'waiting_entries', coalesce((select json_agg(t) from (
             select g.title as group, w.joined_at, w.declines, w.skipped_at, w.ended_at, w.end_reason
             from waiting_entries w join groups g on g.id = w.group_id where w.member_id = $1 order by w.joined_at) t), '[]')
           union all select 'offers', coalesce((select json_agg(t) from (
             select g.title as group, o.offered_at, o.ends_at, o.state, o.closed_at from offers o join groups g on g.id = o.group_id
             where o.member_id = $1 order by o.offered_at) t), '[]')
           union all select 'holds', coalesce((select json_agg(t) from (
             select g.title as group, h.held_at, h.ended_at, h.outcome from holds h join groups g on g.id = h.group_id
             where h.member_id = $1 order by h.held_at) t), '[]')
           union all select 'drafts', coalesce((select json_agg(t) from (
             select step, fields, errors, updated_at from drafts where member_id = $1 order by step) t), '[]')
           union all select 'sessions', coalesce((select json_agg(t) from (
             select device, level, own_device, created_at, used_at, idle_seconds, expires_at, revoked_at, verified_at
             from sessions where account_id = $1 order by created_at) t), '[]')
           union all select 'sign_in_codes', coalesce((select json_agg(t) from (
             select created_at, expires_at, tries, used_at from sign_in_codes where email = $2 order by created_at) t), '[]')
           union all select 'address_changes', coalesce((select json_agg(t) from (
             select new_email, created_at, expires_at, old_confirmed_at, new_confirmed_at, ended_at, end_reason
             from address_changes where account_id = $1 order by created_at) t), '[]')
           union all select 'calendar_feeds', coalesce((select json_agg(t) from (
             select made_at from calendar_feeds where account_id = $1) t), '[]')
           union all select 'contact_questions', coalesce((select json_agg(t) from (
             select name, email, question, asked_at from contact_questions where account_id = $1 order by asked_at) t), '[]')
           union all select 'subscribers', coalesce((select json_agg(t) from (
             select id, email, status, topics, kinds, place, days, times, zone, weekday, hour, paused_until, details,
             consent_version, consent_text, asked_at, asked, confirmed_at, mailed_at, new_email, new_email_expires_at, ended_at, created_at
             from subscribers where email = $2) t), '[]')
           union all select 'digests', coalesce((select json_agg(t) from (
             select d.starts_at, d.ends_at, d.status, d.ended, d.groups from digests d join subscribers s on s.id = d.subscriber_id
             where s.email = $2 order by d.ends_at) t), '[]')
           union all select 'mail_choices', coalesce((select json_agg(t) from (
             select day_before, hour_before, meeting_changes, offer_ending, updated_at from mail_choices
             where account_id = $1) t), '[]')
           union all select 'idempotency_keys', coalesce((select json_agg(t) from (
             select action, created_at from idempotency_keys where member_id = $1 order by created_at) t), '[]')
           union all select 'outbox', coalesce((select json_agg(t) from (
             select subject, kind, created_at, sent_at, failed_at from outbox
             where to_address = $2
               -- About her weekly mail, to an address that it had before or that she asked for.
               or kind like 'subscription\_%'
                 and event_key collate "C" >= 'subscription:' || (select id from subscribers where email = $2) || ':'
                 and event_key collate "C" < 'subscription:' || (select id from subscribers where email = $2) || ';'
             order by created_at) t), '[]')
           union all select 'audit_events', coalesce((select json_agg(t) from (
             select e.at, e.action, case
               when e.actor = $1::uuid::text then 'you'
               when a.role = 'therapist' then 'a therapist'
               when a.role = 'office' then 'the office'
               when a.role is not null then 'another account'
               when e.actor = 'worker' then 'the program'
               else e.actor end as who
             from audit_events e left join accounts a on a.id = case
               when e.actor <> $1::uuid::text and e.actor ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then e.actor::uuid end
             where e.actor = $1::uuid::text or e.subject = $1::uuid::text and e.action <> 'seat held' order by e.at, e.id) t), '[]')"#,
        member.id().0,
        member.email().as_str()
    )
    .fetch_all(executor)
    .await?;
    let rows = |value| match value {
        Value::Array(rows) => rows,
        _ => Vec::new(),
    };
    Ok(tables.into_iter().map(|found| TableData { table: found.table, rows: rows(found.rows) }).collect())
}
