//! What a group's page says to machines: the weekly series with its coming meetings, as events that take place online.

use super::linked_data::{breadcrumbs, graph, practice};
use crate::{
    domain::{group::Status, listing::Listing, practice::Practice},
    paths,
    store::meetings::MeetingRow,
};
use serde_json::{Value, json};

/// The statements of a group's page. A group that has ended has none: nobody should find it.
pub fn group_data(base: &str, listing: &Listing, coming: &[MeetingRow], by: Option<&Practice>) -> String {
    if listing.status == Status::Closed {
        return graph(&[]);
    }
    let url = format!("{base}{}", paths::group(&listing.slug));
    let place = json!({ "@type": "VirtualLocation", "url": url });
    let offer = json!({
        "@type": "Offer",
        "price": format!("{}.{:02}", listing.price_cents / 100, listing.price_cents % 100),
        "priceCurrency": "USD",
        "url": url,
        "availability": if listing.can_hold() { "https://schema.org/InStock" } else { "https://schema.org/SoldOut" },
    });
    let meetings: Vec<Value> = coming
        .iter()
        .map(|meeting| {
            json!({
                "@type": "Event",
                "name": listing.title,
                "startDate": meeting.starts_at.to_rfc3339(),
                "endDate": meeting.ends_at.to_rfc3339(),
                "eventStatus": "https://schema.org/EventScheduled",
                "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
                "location": place,
                "url": url,
            })
        })
        .collect();
    let mut series = json!({
        "@type": "EventSeries",
        "name": listing.title,
        "description": listing.summary,
        "url": url,
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "location": place,
        "maximumAttendeeCapacity": listing.seats.capacity,
        "performer": { "@type": "Person", "name": listing.leader.full() },
        "organizer": { "@id": format!("{base}/#practice") },
        "offers": offer,
    });
    // A group whose next meeting is not laid down yet says none, rather than that it is nothing.
    if let Some(first) = coming.first() {
        series["startDate"] = json!(first.starts_at.to_rfc3339());
        series["subEvent"] = json!(meetings);
    }
    graph(&[
        series,
        practice(base, by),
        breadcrumbs(base, &[("Groups", paths::GROUPS), (&listing.title, &paths::group(&listing.slug))]),
    ])
}
