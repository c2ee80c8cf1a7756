//! The columns of her data, and their values, in words that she knows. What is not here is shown under its own name, as it
//! lies in the database.

use crate::{
    domain::{
        group::Kind,
        place::Place,
        series::{WEEK, weekday_name},
        topic::Topic,
    },
    server::{
        show::{capital, lasting},
        times::{clock, zone_label},
    },
};
use chrono::NaiveTime;
use serde_json::Value;

/// What a column is called.
pub fn label(table: &str, column: &str) -> Option<&'static str> {
    let of_table = match (table, column) {
        ("accounts", "role") => "You are here as",
        ("accounts" | "subscribers", "created_at") => "Since",
        ("members", "contact_name") => "Whom we may call in an emergency",
        ("members", "contact_phone") => "Their phone",
        ("agreements", "kind") => "Which text",
        ("agreements", "version") => "Version of the text",
        ("reservations", "end_reason") => "Why it ended",
        ("offers", "ends_at") => "Held for you until",
        ("offers", "state") => "What became of it",
        ("drafts", "step") => "Which form",
        ("sessions", "created_at") => "Signed in",
        ("sessions", "used_at") => "Last used",
        ("sessions", "expires_at") => "Ends at the latest",
        ("sign_in_codes" | "address_changes", "created_at") => "Asked for",
        ("sign_in_codes", "expires_at") => "Works until",
        ("address_changes", "expires_at") => "Links work until",
        ("address_changes" | "waiting_entries", "end_reason") => "How it ended",
        ("subscribers", "days") => "Days of the meetings",
        ("seats", "state") | ("subscribers", "status") => "How it stands",
        ("digests", "starts_at") => "From",
        ("digests", "ends_at") => "Until",
        ("digests", "status") => "The mail",
        ("digests", "groups") => "Groups that it told of",
        ("idempotency_keys", "action") => "What for",
        ("idempotency_keys", "created_at") => "Pressed",
        ("outbox", "kind") => "Which mail",
        ("outbox", "created_at") => "Written",
        ("audit_events", "at") => "When",
        ("audit_events", "action") => "What",
        ("audit_events", "who") => "Who",
        _ => return of_column(column),
    };
    Some(of_table)
}

/// What a column is called wherever it is.
fn of_column(column: &str) -> Option<&'static str> {
    Some(match column {
        "email" => "E-mail address",
        "display_name" => "Name that your group sees",
        "legal_name" => "Legal name",
        "state" => "Your state",
        "outside_us" => "Outside the United States",
        "says_adult" => "You said that you are 18 or older",
        "born_on" => "Date of birth",
        "zone" => "Time zone",
        "updated_at" => "Last changed",
        "text_hash" => "Fingerprint of the text",
        "signed_name" => "Name you signed with",
        "signed_at" => "Signed",
        "confirmed_at" => "Confirmed",
        "first_meeting" => "First meeting",
        "ended_at" | "closed_at" | "revoked_at" => "Ended",
        "held_at" => "Held since",
        "held_until" => "Held until",
        "renewals" => "Times you held it longer",
        "told_at" => "Told",
        "joined_at" => "In line since",
        "declines" => "Seats you said no to",
        "skipped_at" => "Passed by",
        "offered_at" => "Offered",
        "outcome" => "What became of it",
        "fields" => "What you typed",
        "errors" => "What did not fit yet",
        "device" => "Browser",
        "level" => "How you signed in",
        "own_device" => "Your own device",
        "idle_seconds" => "Ends when it is not used for",
        "verified_at" => "Last fresh code",
        "tries" => "Times a wrong code was typed",
        "used_at" => "Used",
        "new_email" => "New address",
        "old_confirmed_at" => "The old address said yes",
        "new_confirmed_at" => "The new address said yes",
        "made_at" => "Made",
        "asked_at" => "Asked",
        "asked" => "Waits for your yes",
        "kinds" => "Kinds of group",
        "place" => "Where you are",
        "times" => "Times of day",
        "weekday" => "The mail comes on",
        "hour" => "The mail comes at",
        "paused_until" => "Rests until",
        "details" => "The mail may name topics",
        "consent_version" => "Version of what you agreed to",
        "consent_text" => "What you agreed to",
        "mailed_at" => "Last mail with a link",
        "new_email_expires_at" => "Link to the new address works until",
        "day_before" => "A mail a day before a meeting",
        "hour_before" => "A mail an hour before a meeting",
        "meeting_changes" => "A mail when a meeting changes",
        "offer_ending" => "A mail before an offer ends",
        "sent_at" => "Sent",
        "failed_at" => "Given up",
        _ => return None,
    })
}

/// What a value means, where its own word is one of the program.
pub fn value(table: &str, column: &str, value: &Value) -> Option<String> {
    match value {
        Value::Array(items) if matches!(column, "topics" | "kinds" | "days" | "times") => {
            let items: Option<Vec<_>> = items.iter().map(|item| one(table, column, item)).collect();
            items.filter(|items| !items.is_empty()).map(|items| items.join(", "))
        }
        _ => one(table, column, value),
    }
}

fn one(table: &str, column: &str, value: &Value) -> Option<String> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    if let Some(number) = number {
        return match column {
            "idle_seconds" => Some(lasting(number)),
            "hour" => NaiveTime::from_hms_opt(number, 0, 0).map(clock),
            "days" | "weekday" => {
                let day = usize::try_from(number).ok()?.checked_sub(1).and_then(|place| WEEK.get(place));
                day.map(|day| weekday_name(*day).to_owned())
            }
            _ => None,
        };
    }
    let text = value.as_str()?;
    match (table, column) {
        ("members", "state") | (_, "place") => Place::parse(text).map(|place| capital(place.name())),
        (_, "zone") => text.parse().ok().map(|zone| format!("{} ({text})", zone_label(zone))),
        (_, "topics") => Topic::parse(text).map(|topic| topic.name().to_owned()),
        (_, "kinds") => Kind::parse(text).map(|kind| capital(kind.name())),
        (_, "times") | ("audit_events", "action" | "who") | ("accounts", "role") => Some(capital(text)),
        ("outbox", "kind") => mail(text).map(ToOwned::to_owned),
        _ => word(table, column, text).map(ToOwned::to_owned),
    }
}

fn word(table: &str, column: &str, text: &str) -> Option<&'static str> {
    Some(match (table, column, text) {
        ("agreements", _, "group") => "Among us in the group",
        ("agreements", _, "telehealth") => "Treatment by video",
        ("agreements", _, "privacy") => "Your privacy",
        ("reservations", "end_reason", "released") => "You gave it back",
        ("reservations", "end_reason", "by leader") => "Your therapist ended it",
        (_, "end_reason", "group closed") => "The group ended",
        ("seats", "state", "held") => "Held for you",
        ("seats", "state", "offered") => "Offered to you",
        ("seats", "state", "reserved") => "Reserved for you",
        ("waiting_entries", "end_reason", "left") => "You left the line",
        ("waiting_entries", "end_reason", "seated") => "You got a seat",
        ("waiting_entries", "end_reason", "declined") => "You said no to two seats",
        ("offers", "state", "open") => "It waits for your answer",
        ("offers", "state", "accepted") => "You took it, and have not confirmed it yet",
        ("offers", "state", "confirmed") | ("holds", "outcome", "confirmed") => "You confirmed it",
        ("offers", "state", "declined") => "You said no",
        ("offers", "state", "expired") => "It was not answered in time",
        ("offers", "state", "ended") => "It ended",
        ("holds", "outcome", "let go") => "It was let go",
        ("drafts", "step", "about") => "About you",
        ("drafts", "step", "agreements") => "The agreements",
        ("sessions", "level", "code") => "With a code that we mailed",
        ("sessions", "level", "second factor") => "With a code that we mailed, and a second factor",
        ("address_changes", "end_reason", "done") => "Your address was changed",
        ("address_changes", "end_reason", "stopped") | ("subscribers", "status", "unsubscribed") => "You stopped it",
        ("address_changes", "end_reason", "replaced") => "You asked for another one",
        ("address_changes", "end_reason", "taken") => "Another account has that address",
        ("subscribers", "status", "pending") => "Waits for your yes",
        ("subscribers", "status", "confirmed") => "It comes each week when there is something new",
        ("subscribers", "status", "bounced") => "Stopped, because our mails came back",
        ("digests", "status", "pending") => "On its way",
        ("digests", "status", "sent") => "Sent",
        ("digests", "status", "skipped") => "None, because nothing was new",
        ("digests", "status", "failed") => "Given up",
        ("idempotency_keys", "action", "hold") => "To hold a seat",
        ("idempotency_keys", "action", "confirm") => "To reserve a seat",
        ("idempotency_keys", "action", "release") => "To give a seat back",
        ("idempotency_keys", "action", "join") => "To join a line",
        _ => return None,
    })
}

/// What a mail is for, by its folder.
fn mail(folder: &str) -> Option<&'static str> {
    Some(match folder {
        "account_deleted" => "Your account is deleted",
        "address_changed" => "Your address has changed",
        "address_new" | "address_old" => "A change of your address, to confirm",
        "contact_question" => "Your question to the practice",
        "digest" => "The weekly mail of new meeting times",
        "fresh_code" => "A fresh code",
        "group_closed" => "A group of yours ends",
        "group_moved" => "A group of yours begins later",
        "group_opened" => "A group of yours begins",
        "line_joined" => "You are in line",
        "line_skipped" => "A seat passed you by",
        "meeting_changed" => "A meeting has changed",
        "meeting_day" => "A meeting is a day away",
        "meeting_hour" => "A meeting is an hour away",
        "offer_ending" => "An offer ends soon",
        "offer_made" => "A seat is offered to you",
        "offer_over" => "An offer is over",
        "place_changed" => "Where you are, and your seat",
        "seat_confirmed" => "Your seat is reserved",
        "seat_released" => "Your seat is released",
        "sign_in_code" => "A code to sign in",
        "subscription_address" | "subscription_moved" => "Another address for the weekly mail",
        "subscription_confirm" | "subscription_known" => "The weekly mail was asked for",
        "subscription_link" => "A link to your choices",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::notice::NoticeKind;
    use serde_json::json;

    #[test]
    fn every_mail_has_words() {
        for kind in NoticeKind::ALL {
            assert!(mail(kind.folder()).is_some(), "{}", kind.folder());
        }
        for folder in ["digest", "seat_confirmed", "sign_in_code"] {
            assert!(mail(folder).is_some(), "{folder}");
        }
    }

    #[test]
    fn words_of_the_program_are_words_of_hers() {
        for (table, column, stored, shown) in [
            ("sessions", "idle_seconds", json!(1800), "30 minutes"),
            ("sessions", "idle_seconds", json!(1_209_600), "14 days"),
            ("sessions", "level", json!("code"), "With a code that we mailed"),
            ("members", "state", json!("OH"), "Ohio"),
            ("members", "zone", json!("America/New_York"), "Eastern (America/New_York)"),
            ("seats", "state", json!("reserved"), "Reserved for you"),
            ("outbox", "kind", json!("sign_in_code"), "A code to sign in"),
            ("subscribers", "topics", json!(["anxiety", "grief-and-loss"]), "Anxiety, Grief and loss"),
            ("subscribers", "kinds", json!(["skills"]), "Skills group"),
            ("subscribers", "days", json!([1, 7]), "Monday, Sunday"),
            ("subscribers", "times", json!(["evening"]), "Evening"),
            ("subscribers", "place", json!("outside"), "Outside the United States"),
            ("subscribers", "weekday", json!(2), "Tuesday"),
            ("subscribers", "hour", json!(9), "9:00 AM"),
            ("audit_events", "action", json!("seat reserved"), "Seat reserved"),
        ] {
            assert_eq!(value(table, column, &stored).as_deref(), Some(shown), "{table}.{column}");
        }
        // A word that nobody thought of stays as it is stored.
        assert_eq!(value("sessions", "level", &json!("something new")), None);
        assert_eq!(value("subscribers", "days", &json!([])), None);
        assert_eq!(label("members", "says_adult"), Some("You said that you are 18 or older"));
        assert_eq!(label("members", "something_new"), None);
    }
}
