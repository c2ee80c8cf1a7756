//! The larger parts: what a page is put together from, with words that stand for those of a practice.

use crate::{
    api::{
        form::FormState,
        groups::{AuthorityRow, Face, GroupRow, SeatLine, ZoneShown},
        program::OpenHold,
        reserve::HoldStrip,
        text::{PageLink, TextSection},
        topics::FittingGroups,
    },
    components::{
        about_fields::{EmergencyContact, NameFields},
        authorities::Authorities,
        dev_mail::DevMail,
        group_row::GroupRowView,
        hold_strip::HoldStripView,
        holds::Holds,
        line::{JoinForm, LeaveForm, Refused},
        text::{Fitting, Questions, ReadMore, Sections},
        text_area::TextAreaField,
        topic_mark::OtherMark,
        zone_line::ZoneLine,
    },
    domain::{about::FieldError, seat_counts::SeatCounts},
    error::AppError,
};
use leptos::prelude::*;

fn text(words: &str) -> String {
    words.to_owned()
}

fn counts() -> SeatCounts {
    SeatCounts { capacity: 8, reserved: 5, held: 0, yours: 0, offered: 0 }
}

fn row(under_time: Option<&str>) -> GroupRow {
    GroupRow {
        slug: text("low-tide"),
        title: text("Low tide"),
        hour: text("7:00"),
        half: text("PM"),
        under_time: under_time.map(text),
        about: text("Anxiety · therapy group"),
        terms: text("75 minutes, $45"),
        leader: Face {
            initials: text("RO"),
            number: 3,
            name: text("Ruth Okafor, PsyD"),
            first_name: text("Ruth"),
            profession: text("Licensed psychologist in New York"),
        },
        seats: SeatLine { counts: counts(), forming: false, text: text("3 seats free"), sub: text("of 8") },
    }
}

/// A hold that goes on, one that is over, and an offer.
fn strips() -> [HoldStrip; 3] {
    let running = HoldStrip {
        counts: SeatCounts { yours: 1, ..counts() },
        until: text("7:14 PM"),
        seconds_left: 480,
        of_seconds: 600,
        can_renew: true,
        lapsed: false,
        offer: None,
    };
    let lapsed = HoldStrip { lapsed: true, ..running.clone() };
    let offer = HoldStrip {
        until: text("tomorrow at 9:00 AM"),
        seconds_left: 40_000,
        of_seconds: 43_200,
        can_renew: false,
        offer: Some(text("/offers/00000000-0000-0000-0000-000000000000")),
        ..running.clone()
    };
    [running, lapsed, offer]
}

fn zone() -> ZoneShown {
    ZoneShown {
        name: text("America/New_York"),
        label: text("Eastern"),
        is_readers: false,
        choices: vec![(text("America/New_York"), text("Eastern")), (text("America/Chicago"), text("Central"))],
        problem: Some(text("We do not know this time zone.")),
    }
}

/// The parts.
#[component]
pub fn Larger() -> impl IntoView {
    let wrong = Signal::stored(FormState {
        values: vec![(text("question"), text("May I bring my dog?"))],
        errors: vec![FieldError::new("question", "Please write a little more.")],
        message: None,
    });
    let right = Signal::stored(FormState::default());
    let license = AuthorityRow {
        state: text("New York"),
        license: text("Psychologist, 027411"),
        valid: text("Sep 1, 2026 to Aug 31, 2028"),
        checked: text("Nov 2, 2026"),
    };
    let link =
        PageLink { url: text("/learn/first-meeting"), name: text("The first meeting"), about: text("Five minutes") };
    view! {
        <section class="part">
            <h2>"Groups"</h2>
            <ul class="slots">
                <GroupRowView row=row(None) />
                <GroupRowView row=row(Some("6:00 PM Central for the group")) />
            </ul>
            <ZoneLine zone=zone() />
        </section>
        <section class="part"><h2>"A seat that is held"</h2></section>
        {strips().into_iter().map(|hold| view! { <HoldStripView hold slug=text("low-tide") /> }).collect_view()}
        <Holds
            holds=vec![OpenHold { title: text("Low tide"), path: text("/reserve/low-tide/about"), until: text("7:14 PM") }]
            class="part"
        />
        <section class="part narrowcol flow">
            <h2>"The line"</h2>
            <JoinForm slug=text("low-tide") key=text("key") join=ServerAction::new() />
            <Refused answer=Signal::stored(Some(Err(AppError::TooManyLines))) />
            <LeaveForm slug=text("low-tide") title=text("Low tide") leave=ServerAction::new() />
        </section>
        <section class="part narrowcol flow">
            <h2>"About somebody"</h2>
            <NameFields form=right legal_hint="As in your papers." />
            <EmergencyContact form=right caller="Ruth" />
            <TextAreaField form=wrong name="question" label="Your question" maxlength=1000 />
        </section>
        <section class="part narrowcol flow">
            <h2>"Text"</h2>
            <Authorities rows=vec![license] />
            <p class="row"><OtherMark of_skills=false /><OtherMark of_skills=true /></p>
            <DevMail />
        </section>
        <Sections sections=vec![TextSection { title: text("A section"), html: text("<p>With its words.</p>") }] />
        <Questions questions=vec![(text("What if I miss a week?"), text("Your seat stays yours."))] />
        <ReadMore read=vec![link] />
        <Fitting groups=FittingGroups {
            wish: String::new(),
            title: text("Groups with free seats"),
            rows: vec![row(None)],
            all: (text("/groups"), text("All groups")),
            zone_label: text("Eastern"),
        } />
    }
}
