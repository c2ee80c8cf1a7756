//! Numbers in what we write for everybody: each is known, and known from somewhere. What a practice sets (how long a hold, an
//! offer, a code and a sign-in last, how many seats a group has) is not among them; texts name it in braces, see
//! `server/lengths.rs`. Skill cards are left out: their numbers are exercises.

use super::TestApp;
use axum::http::StatusCode;
use std::{collections::BTreeSet, fs, path::Path};

/// A number as it stands in a text, the files in which it may (any, where there are none), and where it comes from.
type Allowed = (&'static str, &'static [&'static str], &'static str);

const FIGURE_OF_SPEECH: &str = "a figure of speech, or an example of a moment in somebody's life";
const ADVICE: &str = "advice, which no rule reads";
const NOTICE: &[&str] = &["legal/notice-of-privacy-practices.md"];
const PRIVACY: &[&str] = &["legal/privacy.md"];
const AGREED: &[&str] = &["agreements/privacy.md"];
const ACCESSIBILITY: &[&str] = &["legal/accessibility.md"];

const ALLOWED: &[Allowed] = &[
    ("988", &[], "988lifeline.org"),
    ("911", &[], "the emergency number of the United States"),
    ("18", &[], "domain::eligibility: adults only"),
    ("50 states", &[], "domain::place::UsState"),
    ("fifty states", &[], "domain::place::UsState"),
    ("five territories", &[], "domain::place::UsState"),
    ("1-800-799-7233", &[], "thehotline.org"),
    ("88788", &[], "thehotline.org"),
    ("eight weeks", &[], "content/curricula: living-with and process have eight units; below, a length to plan for"),
    ("twelve weeks", &[], "content/curricula/dbt-skills has twelve units"),
    ("four minutes", &[], "content/curricula: the minutes of a unit"),
    (
        "two weeks",
        &[],
        "store::forming::MOVES_BY_DAYS; domain::curriculum: a closed circle takes nobody after unit two",
    ),
    ("two people", &[], FIGURE_OF_SPEECH),
    ("five people", &["learn/process-group-therapy.md"], FIGURE_OF_SPEECH),
    ("1993", &["learn/dbt-skills-groups.md"], "the year of the book, named in the article's sources"),
    ("ten minutes", &["learn/dbt-skills-groups.md", "topics/relationship-issues.md"], FIGURE_OF_SPEECH),
    ("ten minutes", &["learn/first-meeting.md", "learn/what-you-need.md"], ADVICE),
    ("half minute", &["learn/dbt-skills-groups.md"], "product rules: a diary card in 30 seconds"),
    ("four questions", &["learn/choosing-a-group.md"], "the article has four headings with a number"),
    ("four times", &["learn/choosing-a-group.md"], ADVICE),
    ("two minutes", &["topics/anger-management.md"], ADVICE),
    ("five minutes", &["topics/chronic-illness.md"], ADVICE),
    ("two days", &["topics/chronic-illness.md"], FIGURE_OF_SPEECH),
    ("ninety seconds", &["topics/chronic-illness.md"], FIGURE_OF_SPEECH),
    ("eleven times", &["topics/obsessive-compulsive-disorder.md"], FIGURE_OF_SPEECH),
    ("three weeks", &["topics/grief-and-loss.md"], FIGURE_OF_SPEECH),
    ("ten years", &["topics/grief-and-loss.md"], FIGURE_OF_SPEECH),
    ("twenty years", &["topics/grief-and-loss.md"], FIGURE_OF_SPEECH),
    ("half hour", &["topics/trauma-and-ptsd.md"], ADVICE),
    ("2.2", ACCESSIBILITY, "WCAG 2.2"),
    ("200%", ACCESSIBILITY, "end2end/tests/site.spec.ts"),
    ("320 pixels", ACCESSIBILITY, "end2end/tests/site.spec.ts"),
    ("ten times", ACCESSIBILITY, "store::holds: a hold is renewed at most ten times"),
    ("1-800-368-1019", &["legal/accessibility.md", "legal/notice-of-privacy-practices.md"], "ocrportal.hhs.gov"),
    ("1-800-537-7697", NOTICE, "ocrportal.hhs.gov"),
    ("200", NOTICE, "the address of the Office for Civil Rights"),
    ("20201", NOTICE, "the address of the Office for Civil Rights"),
    ("24", NOTICE, "the day of the text's version"),
    ("2026", NOTICE, "the day of the text's version"),
    ("42", NOTICE, "42 CFR part 2"),
    ("2", NOTICE, "42 CFR part 2"),
    ("30 days", NOTICE, "45 CFR 164.524"),
    ("60 days", NOTICE, "45 CFR 164.526 and 164.404"),
    ("six years", NOTICE, "45 CFR 164.528"),
    ("twelve months", NOTICE, "45 CFR 164.528"),
    ("180 days", NOTICE, "45 CFR 160.306"),
    ("30 days", PRIVACY, "store/purge.rs; server::auth: the longest sign-in; server::list_links"),
    ("14 days", PRIVACY, "server::auth: a sign-in on her own device without use"),
    ("48 hours", PRIVACY, "store/purge.rs: idempotency keys; product rules: the window of a substitute"),
    ("24 hours", PRIVACY, "product rules: the window of a substitute"),
    ("30", PRIVACY, "product rules: \"30 more days\" of reading after a seat"),
    ("90 days", PRIVACY, "store/purge.rs: the outbox"),
    ("400 days", PRIVACY, "store/purge.rs: windows of the weekly mail"),
    ("seven days", PRIVACY, "store/purge.rs: addresses that never said yes"),
    ("five minutes", PRIVACY, "server::flash"),
    ("__host-flash-2", PRIVACY, "server::flash::HOST_NAMES"),
    ("30", AGREED, "product rules: \"30 more days\" of reading after a seat"),
    ("two days", AGREED, "product rules: the window of a substitute"),
    ("four people", AGREED, "product rules: averages for a leader, n >= 4"),
    ("ten people", AGREED, "product rules: averages for the office and published outcomes, n >= 10"),
    ("half hour", AGREED, "product rules: a sign-in ends after 30 minutes without use"),
];

const NUMBERS: &str = "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty \
     ninety hundred half";
const UNITS: &str = "second seconds minute minutes hour hours day days week weeks month months year years seat seats people \
     members times states territories pixels questions";

/// Whether a list of words has a word.
fn has(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// The lines of a file that somebody reads: no comments, no dates, no sources, no keys.
fn read_lines(text: &str) -> impl Iterator<Item = &str> {
    let (front, body) = text.split_once("\n+++\n").unwrap();
    let front = front.split("[[sources]]").next().unwrap_or_default();
    let of_machines = ["#", "[", "written", "version", "minutes", "slug", "read"];
    front.lines().filter(move |line| !of_machines.iter().any(|start| line.starts_with(start))).chain(body.lines())
}

/// The numbers of a text: every one in digits, with its unit; in words those that count something.
fn numbers(text: &str) -> Vec<String> {
    let mut words: Vec<(String, bool)> = Vec::new();
    for line in read_lines(text) {
        let line = line.trim_start_matches(['#', ' ']);
        let is_mark = |word: &str| word.strip_suffix('.').is_some_and(|number| number.parse::<u8>().is_ok());
        for (place, word) in line.split_whitespace().enumerate() {
            if place == 0 && is_mark(word) {
                continue;
            }
            let inner = word
                .trim_start_matches(|c: char| !(c.is_alphanumeric() || c == '_'))
                .trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '_' || c == '%'));
            words.push((inner.to_lowercase(), word.ends_with(inner)));
        }
    }
    let unit_after = |at: usize| {
        let (word, goes_on) = &words[at];
        let next = words.get(at + 1).filter(|_| *goes_on).map(|(word, _)| word.as_str());
        let next =
            if matches!(next, Some("a" | "an")) { words.get(at + 2).map(|(word, _)| word.as_str()) } else { next };
        next.filter(|unit| has(UNITS, unit)).map(|unit| format!("{word} {unit}"))
    };
    (0..words.len())
        .filter_map(|at| {
            let word = &words[at].0;
            let unit = unit_after(at);
            if word.chars().any(|c| c.is_ascii_digit()) {
                unit.or_else(|| Some(word.clone()))
            } else {
                unit.filter(|_| has(NUMBERS, word))
            }
        })
        .collect()
}

#[test]
fn every_number_in_our_texts_is_known_from_somewhere() {
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/content");
    let (mut unknown, mut used) = (Vec::new(), BTreeSet::new());
    for folder in ["learn", "topics", "legal", "agreements"] {
        for entry in fs::read_dir(content.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let file = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            for number in numbers(&fs::read_to_string(&path).unwrap()) {
                let fits = |(known, files, _): &Allowed| {
                    *known == number && (files.is_empty() || files.contains(&file.as_str()))
                };
                match ALLOWED.iter().position(fits) {
                    Some(place) => {
                        used.insert(place);
                    }
                    None => unknown.push(format!("{file}: {number}")),
                }
            }
        }
    }
    assert!(unknown.is_empty(), "say where these come from, or leave them out: {unknown:#?}");
    let idle: Vec<_> = (0..ALLOWED.len()).filter(|place| !used.contains(place)).map(|place| ALLOWED[place]).collect();
    assert!(idle.is_empty(), "nothing says these any more: {idle:#?}");
}

#[test]
fn numbers_are_found_in_digits_and_in_words() {
    let text = "+++\nversion = \"2026-11-29\"\nlead = \"Eight seats, {hold}.\"\n+++\n# 1. One\n\n- **Ten minutes.** Call 988, day and night. Half an\nhour, 12 hours or 200%. Two nobody.\n";
    assert_eq!(numbers(text), ["eight seats", "ten minutes", "988", "half hour", "12 hours", "200%"]);
}

/// What a practice sets is what its texts say.
#[tokio::test(flavor = "multi_thread")]
async fn texts_say_the_lengths_that_are_set() {
    let test = TestApp::with(|settings| {
        settings.durations.hold = 11 * 60;
        settings.durations.offer = 5 * 3600;
        settings.durations.code = 90;
        settings.durations.session_idle = 12 * 60;
        settings.durations.session = 3 * 3600;
    })
    .await;
    let mut browser = test.browser();
    for (path, said) in [
        ("/terms", &["can be held for eleven minutes while", "who can take it, for five hours, and"][..]),
        (
            "/accessibility",
            &["is held for eleven minutes.", "After twelve minutes without use", "works for 90 seconds,"],
        ),
        (
            "/privacy",
            &["signing in: 90 seconds to use", "lasts three hours at most, and we end it after twelve minutes"],
        ),
        ("/learn/choosing-a-group", &["hold it for you for five hours,", "We hold it for eleven minutes while"]),
        ("/learn/what-you-need", &["sign you out after twelve minutes without use"]),
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for words in said {
            assert!(page.body.contains(words), "{path}: {words}");
        }
        let prose: String = page
            .body
            .split("<div class=\"prose\"")
            .skip(1)
            .filter_map(|rest| rest.split("</section>").next())
            .collect();
        assert!(!prose.is_empty() && !prose.contains('{'), "{path}: every name is put in: {prose}");
    }
}
