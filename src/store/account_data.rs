//! What is stored about a member, for herself: every table that names her, a list of rows each, with the columns that say
//! something. Hashes, keys and other people's ids are left out; a test knows the schema and notices a table or a column
//! that nobody thought of here.

use super::{Conn, Failure, sessions::Member};
use serde_json::Value;

/// The rows of one table.
#[derive(Clone, PartialEq, Debug)]
pub struct TableData {
    /// Its name.
    pub table: &'static str,
    /// Its rows, oldest first; objects.
    pub rows: Vec<Value>,
}

macro_rules! tables {
    ($conn:expr, $id:expr, $email:expr; $($table:literal: $sql:literal by $by:ident;)+) => {
        vec![$(TableData {
            table: $table,
            rows: sqlx::query_scalar!($sql, tables!(@by $by $id, $email)).fetch_all(&mut *$conn).await?.into_iter().flatten().collect(),
        },)+]
    };
    (@by id $id:expr, $email:expr) => { $id };
    (@by email $id:expr, $email:expr) => { $email };
}

/// Everything, read at one moment.
pub async fn collect(conn: &mut Conn, member: &Member) -> Result<Vec<TableData>, Failure> {
    let (id, email) = (member.id().0, member.email().as_str());
    Ok(tables! { conn, id, email;
        "accounts": "select to_jsonb(t) from (
            select id, number, email, role, created_at from accounts where id = $1) t" by id;
        "members": "select to_jsonb(t) from (
            select display_name, legal_name, phone, state, outside_us, says_adult, born_on, zone, contact_name, contact_phone,
              updated_at from members where account_id = $1) t" by id;
        "agreements": "select to_jsonb(t) from (
            select kind, version, text_hash, signed_name, signed_at from agreements where member_id = $1 order by signed_at) t" by id;
        "reservations": "select to_jsonb(t) from (
            select g.title as group, r.reference, r.confirmed_at, m.starts_at as first_meeting, r.ended_at, r.end_reason
            from reservations r join groups g on g.id = r.group_id left join meetings m on m.id = r.first_meeting_id
            where r.member_id = $1 order by r.confirmed_at) t" by id;
        "seats": "select to_jsonb(t) from (
            select g.title as group, s.state, s.held_at, s.held_until, s.renewals from seats s join groups g on g.id = s.group_id
            where s.member_id = $1 and s.state <> 'free' order by g.slug) t" by id;
        "absences": "select to_jsonb(t) from (
            select g.title as group, m.starts_at as meeting, a.told_at from absences a
            join meetings m on m.id = a.meeting_id join groups g on g.id = m.group_id
            where a.member_id = $1 order by m.starts_at) t" by id;
        "waiting_entries": "select to_jsonb(t) from (
            select g.title as group, w.joined_at, w.declines, w.skipped_at, w.ended_at, w.end_reason
            from waiting_entries w join groups g on g.id = w.group_id where w.member_id = $1 order by w.joined_at) t" by id;
        "offers": "select to_jsonb(t) from (
            select g.title as group, o.offered_at, o.ends_at, o.state, o.closed_at from offers o join groups g on g.id = o.group_id
            where o.member_id = $1 order by o.offered_at) t" by id;
        "holds": "select to_jsonb(t) from (
            select g.title as group, h.held_at, h.ended_at, h.outcome from holds h join groups g on g.id = h.group_id
            where h.member_id = $1 order by h.held_at) t" by id;
        "drafts": "select to_jsonb(t) from (
            select step, fields, errors, updated_at from drafts where member_id = $1 order by step) t" by id;
        "sessions": "select to_jsonb(t) from (
            select device, level, own_device, created_at, used_at, idle_seconds, expires_at, revoked_at, verified_at
            from sessions where account_id = $1 order by created_at) t" by id;
        "sign_in_codes": "select to_jsonb(t) from (
            select created_at, expires_at, tries, used_at from sign_in_codes where email = $1 order by created_at) t" by email;
        "address_changes": "select to_jsonb(t) from (
            select new_email, created_at, expires_at, old_confirmed_at, new_confirmed_at, ended_at, end_reason
            from address_changes where account_id = $1 order by created_at) t" by id;
        "calendar_feeds": "select to_jsonb(t) from (
            select made_at from calendar_feeds where account_id = $1) t" by id;
        "mail_choices": "select to_jsonb(t) from (
            select day_before, hour_before, meeting_changes, offer_ending, updated_at from mail_choices
            where account_id = $1) t" by id;
        "contact_questions": "select to_jsonb(t) from (
            select name, question, asked_at from contact_questions where email = $1 order by asked_at) t" by email;
        "idempotency_keys": "select to_jsonb(t) from (
            select action, created_at from idempotency_keys where member_id = $1 order by created_at) t" by id;
        "outbox": "select to_jsonb(t) from (
            select subject, kind, created_at, sent_at, failed_at from outbox where to_address = $1 order by created_at) t" by email;
        // Who read or did something, as far as it is about her: by role, never by name.
        "audit_events": "select to_jsonb(t) from (
            select e.at, e.action, case
                when e.actor = $1::uuid::text then 'you'
                when a.role = 'therapist' then 'a therapist'
                when a.role = 'office' then 'the office'
                when a.role is not null then 'another account'
                when e.actor = 'worker' then 'the program'
                else e.actor end as who
            from audit_events e left join accounts a on a.id::text = e.actor
            where e.actor = $1::uuid::text or e.subject = $1::uuid::text order by e.id) t" by id;
    })
}
