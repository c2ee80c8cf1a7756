//! A practice file: TOML in, what it says or all of its mistakes out.

use super::{
    check,
    reading::{Fields, Lines, Mistake, Report},
};
use crate::{
    domain::{
        about::Phone,
        group::{ConfirmMode, Kind, SEATS},
        place::UsState,
        practice::Practice,
        series::{Series, parse_weekday},
        topic::Topic,
    },
    server::{
        content,
        state::{hex, sha256},
    },
    store::practice_load::{AuthorityFacts, GroupFacts, Question, TherapistFacts},
};
use chrono::NaiveDate;
use chrono_tz::Tz;
use toml::de::DeTable;

/// Something of the file, and where its fields stand.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    /// What is said.
    pub facts: T,
    /// Where.
    pub lines: Lines,
}

/// A therapist with her authorities, sorted.
#[derive(Clone, Debug)]
pub struct Therapist {
    /// What is said of her.
    pub facts: TherapistFacts,
    /// Where she may practise.
    pub authorities: Vec<AuthorityFacts>,
}

/// A practice file without a mistake.
#[derive(Clone, Debug)]
pub struct PracticeFile {
    /// The practice.
    pub practice: Practice,
    /// The therapists.
    pub therapists: Vec<Entry<Therapist>>,
    /// The groups.
    pub groups: Vec<Entry<GroupFacts>>,
    /// SHA-256 (hex) of the text.
    pub hash: String,
}

/// What is known of a therapist while mistakes are still looked for.
pub struct TherapistDraft {
    /// Word in addresses.
    pub slug: Option<String>,
    /// Address to sign in with.
    pub email: Option<String>,
    /// Where the fields stand.
    pub lines: Lines,
    whole: Option<Therapist>,
}

/// What is known of a group while mistakes are still looked for.
pub struct GroupDraft {
    /// Word in addresses.
    pub slug: Option<String>,
    /// Slug of the leader.
    pub leader: Option<String>,
    /// Weekday, local time and length.
    pub series: Option<Series>,
    /// Zone of the series.
    pub zone: Option<Tz>,
    /// Where the fields stand.
    pub lines: Lines,
    whole: Option<GroupFacts>,
}

/// Reads a practice file. `today` is the day from which a leader's groups are compared with each other.
pub fn read(text: &str, today: NaiveDate) -> Result<PracticeFile, Vec<Mistake>> {
    let report = Report::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What follows from a broken line would hide it, so the form comes first.
        for error in errors {
            let line = report.line(error.span().map_or(0, |span| span.start));
            report.say(line, format!("this is not TOML: {}", error.message()));
        }
        return Err(report.into_mistakes());
    }
    let mut file = Fields::new(&report, document.get_ref(), 0);
    let practice = read_practice(&mut file, &report);
    let therapists: Vec<_> = file.tables("therapist").into_iter().map(|table| read_therapist(table, &report)).collect();
    let groups: Vec<_> = file.tables("group").into_iter().map(read_group).collect();
    file.finish();
    check::therapists(&report, &therapists);
    check::groups(&report, &groups, &therapists, today);

    let mistakes = report.into_mistakes();
    let therapists: Option<Vec<_>> =
        therapists.into_iter().map(|draft| Some(Entry { facts: draft.whole?, lines: draft.lines })).collect();
    let groups: Option<Vec<_>> =
        groups.into_iter().map(|draft| Some(Entry { facts: draft.whole?, lines: draft.lines })).collect();
    match (practice, therapists, groups) {
        (Some(practice), Some(therapists), Some(groups)) if mistakes.is_empty() => {
            Ok(PracticeFile { practice, therapists, groups, hash: hex(&sha256(text.as_bytes())) })
        }
        // What is missing here has been said above.
        _ => Err(mistakes),
    }
}

fn read_practice(file: &mut Fields<'_>, report: &Report) -> Option<Practice> {
    let Some(value) = file.find("practice") else {
        report.say(1, "the table [practice] is missing");
        return None;
    };
    let Some(table) = value.get_ref().as_table() else {
        file.wrong("practice", "“practice” must be a table: [practice]");
        return None;
    };
    let mut fields = Fields::new(report, table, value.span().start);
    let name = fields.line::<120>("name");
    let address = fields.line::<200>("address");
    let phone = fields.parsed("phone", "a phone number as in \"+1 555 010 0100\"", |text| {
        Phone::parse(text).map(|phone| phone.as_str().to_owned())
    });
    let email = fields.email("email");
    let zone = fields.zone("zone");
    let billing = fields.line::<300>("billing");
    fields.finish();
    Some(Practice {
        name: name?,
        address: address?,
        phone: phone?,
        email: email?,
        zone: zone?.name().to_owned(),
        billing: billing?,
    })
}

fn read_therapist(mut fields: Fields<'_>, report: &Report) -> TherapistDraft {
    let slug = fields.slug("slug");
    let name = fields.line::<120>("name");
    let credentials = fields.line::<60>("credentials");
    let profession = fields.line::<120>("profession");
    let email = fields.email("email");
    let words = fields.paragraphs("words", true);
    let approach = fields.paragraphs("approach", true);
    let authorities = fields.tables("authority");
    let lines = fields.finish();
    let read: Vec<_> = authorities.into_iter().map(read_authority).collect();
    check::authorities(report, &read);
    let authorities: Option<Vec<_>> = read.into_iter().map(|entry| entry.facts).collect();
    let whole = || {
        let mut authorities = authorities?;
        authorities.sort();
        let (slug, email) = (slug.clone()?, email.clone()?);
        let (name, credentials, profession) = (name?, credentials?, profession?);
        let facts = TherapistFacts { slug, name, credentials, profession, email, words: words?, approach: approach? };
        Some(Therapist { facts, authorities })
    };
    TherapistDraft { whole: whole(), slug, email, lines }
}

fn read_authority(mut fields: Fields<'_>) -> Entry<Option<AuthorityFacts>> {
    let kind = fields.parsed("kind", "\"license\", \"registration\" or \"compact\"", |text| {
        ["license", "registration", "compact"].contains(&text).then(|| text.to_owned())
    });
    let state = fields.parsed("state", "the two letters of a state or territory as in \"NY\"", UsState::parse);
    let title = fields.line::<120>("title");
    let number = fields.line::<60>("number");
    let valid_from = fields.date("valid_from");
    let valid_to = fields.date("valid_to");
    let checked_by = fields.line::<120>("checked_by");
    let checked_on = fields.date("checked_on");
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && from > to
    {
        fields.wrong("valid_to", format!("“valid_to” ({to}) lies before “valid_from” ({from})"));
    }
    let lines = fields.finish();
    let facts = || {
        Some(AuthorityFacts {
            kind: kind?,
            state: state?.code().to_owned(),
            title: title?,
            number: number?,
            valid_from: valid_from?,
            valid_to: valid_to?,
            checked_by: checked_by?,
            checked_on: checked_on?,
        })
    };
    Entry { facts: facts(), lines }
}

fn read_group(mut fields: Fields<'_>) -> GroupDraft {
    let slug = fields.slug("slug");
    let title = fields.line::<80>("title");
    let kind = fields.parsed("kind", "\"therapy\", \"process\" or \"skills\"", Kind::parse);
    let topic = read_topic(&mut fields, kind);
    let leader = fields.slug("leader");
    let summary = fields.line::<300>("summary");
    let happens = fields.paragraphs("happens", false);
    let for_whom = fields.lines_of_text::<200>("for_whom");
    let weekday = fields.parsed("weekday", "one of mon, tue, wed, thu, fri, sat, sun", parse_weekday);
    let starts_at = fields.time("time");
    let zone = fields.zone("zone");
    let minutes = fields.number("minutes", 15..=240, None);
    let seats = fields.number("seats", i64::from(*SEATS.start())..=i64::from(*SEATS.end()), Some(8));
    let price_cents = fields.number("price_cents", 0..=1_000_000, None);
    let curriculum = read_curriculum(&mut fields, kind);
    let confirm = fields.parsed("confirm", "\"at once\" or \"after the leader's look\"", ConfirmMode::parse);
    let starts_on = fields.date("starts_on");
    let minimum = fields.number("minimum", 1..=12, Some(4));
    if let (Some(minimum), Some(seats)) = (minimum, seats)
        && minimum > seats
    {
        fields.wrong("minimum", format!("“minimum” ({minimum}) is more than the group has seats ({seats})"));
    }
    let questions: Option<Vec<_>> =
        fields.tables("questions").into_iter().map(read_question).collect::<Vec<_>>().into_iter().collect();
    let lines = fields.finish();
    let series = || Some(Series { weekday: weekday?, starts_at: starts_at?, minutes: u16::try_from(minutes?).ok()? });
    let series = series();
    let whole = || {
        Some(GroupFacts {
            slug: slug.clone()?,
            title: title?,
            kind: kind?,
            topic: topic?,
            leader: leader.clone()?,
            summary: summary?,
            happens: happens?,
            for_whom: for_whom?,
            questions: questions?,
            series: series?,
            zone: zone?.name().to_owned(),
            capacity: i16::try_from(seats?).ok()?,
            price_cents: i32::try_from(price_cents?).ok()?,
            confirm: confirm?,
            starts_on: starts_on?,
            minimum: i16::try_from(minimum?).ok()?,
            curriculum: curriculum?,
        })
    };
    GroupDraft { whole: whole(), slug, leader, series, zone, lines }
}

/// The outer `Option`: whether it is right. The inner one: whether there is a topic.
#[expect(clippy::option_option, reason = "two different questions, each with its own answer")]
fn read_topic(fields: &mut Fields<'_>, kind: Option<Kind>) -> Option<Option<Topic>> {
    let known = || Topic::ALL.map(Topic::slug).join(", ");
    let there = fields.find("topic").is_some();
    match kind {
        Some(Kind::Process) if there => {
            fields.wrong("topic", "a process group has no topic");
            None
        }
        Some(Kind::Process) => Some(None),
        None if !there => None,
        _ => {
            let topic = fields.parsed("topic", &format!("one of {}", known()), Topic::parse)?;
            if kind == Some(Kind::Skills) && topic != Topic::DialecticalBehaviorTherapy {
                fields.wrong(
                    "topic",
                    format!("the topic of a skills group is {}", Topic::DialecticalBehaviorTherapy.slug()),
                );
                return None;
            }
            Some(Some(topic))
        }
    }
}

/// A curriculum that exists and fits the kind: the DBT skills for skills groups, the one of process groups for those,
/// another one for therapy groups.
fn read_curriculum(fields: &mut Fields<'_>, kind: Option<Kind>) -> Option<String> {
    let known = content::curricula().iter().map(|curriculum| curriculum.slug.as_str()).collect::<Vec<_>>().join(", ");
    let slug = fields.parsed("curriculum", &format!("one of {known}"), |text| {
        content::find_curriculum(text).map(|found| found.slug.clone())
    })?;
    let fits = match kind {
        Some(Kind::Skills) => slug == "dbt-skills",
        Some(Kind::Process) => slug == "process",
        Some(Kind::Therapy) => !["dbt-skills", "process"].contains(&slug.as_str()),
        None => true,
    };
    if !fits {
        fields
            .wrong("curriculum", format!("the curriculum “{slug}” is not for a {}", kind.map_or("group", Kind::name)));
    }
    fits.then_some(slug)
}

fn read_question(mut fields: Fields<'_>) -> Option<Question> {
    let q = fields.line::<200>("q");
    let a = fields.line::<1000>("a");
    fields.finish();
    Some(Question { q: q?, a: a? })
}
