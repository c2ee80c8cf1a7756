//! Tests of reading alone; those with a database are in `src/tests/practice.rs`.

use super::{file, named_id};

/// The example of the README.
fn example() -> &'static str {
    let readme = include_str!("../../../README.md");
    readme
        .split_once(
            "```toml
",
        )
        .and_then(|(_, rest)| rest.split_once("```"))
        .expect("an example in the README")
        .0
}

fn mistakes(text: &str) -> Vec<String> {
    let found = file::read(text, "2026-11-24".parse().unwrap()).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

/// The one mistake of the example after a replacement, without its line; and whether the line is the right one.
fn after(from: &str, to: &str) -> Vec<String> {
    assert!(example().contains(from), "{from}");
    let text = example().replacen(from, to, 1);
    let line =
        text.lines().position(|line| line.contains(to.lines().next().unwrap_or_default())).unwrap_or_default() + 1;
    let found = mistakes(&text);
    for mistake in &found {
        assert!(mistake.starts_with(&format!("line {line}: ")), "{to}: {mistake}");
    }
    found.iter().map(|mistake| mistake.split_once(": ").unwrap().1.to_owned()).collect()
}

#[test]
fn the_example_has_no_mistake() {
    assert_eq!(mistakes(example()), Vec::<String>::new());
}

#[test]
fn each_mistake_is_told_with_its_line() {
    for (from, to, said) in [
        ("state = \"NY\"", "state = \"XX\"", "two letters"),
        ("kind = \"therapy\"", "kind = \"yoga\"", "“kind” is"),
        ("topic = \"anxiety\"", "topic = \"stars\"", "“topic” is one of"),
        ("weekday = \"tue\"", "weekday = \"someday\"", "mon, tue"),
        ("time = \"19:00\"", "time = \"25:00\"", "time of day"),
        ("zone = \"America/New_York\" # of the wall", "zone = \"America/Gotham\" # of the wall", "IANA"),
        ("seats = 8", "seats = 13", "between 5 and 12"),
        ("seats = 8", "seats = 4", "between 5 and 12"),
        ("seats = 8", "seats = \"8\"", "whole number"),
        ("minimum = 4", "minimum = 9", "more than the group has seats"),
        ("leader = \"ruth-okafor\"", "leader = \"nobody\"", "no therapist"),
        ("price_cents = 4500", "price_cents = -1", "between 0"),
        ("email = \"ruth@example.org\"", "email = \"ruth at home\"", "e-mail address"),
        ("title = \"Living with anxiety\"", "title = \"Living\\u0000\"", "cannot be kept"),
        ("title = \"Living with anxiety\"", "title = \"  \"", "is empty"),
        ("valid_to = 2028-02-29", "valid_to = 2018-02-28", "lies before"),
        ("valid_to = 2028-02-29", "valid_to = \"2027-02-29\"", "a day that exists"),
        ("curriculum = \"living-with\"", "curriculum = \"knitting\"", "one of dbt-skills"),
        ("curriculum = \"living-with\"", "curriculum = \"process\"", "is not for a therapy group"),
        ("confirm = \"at once\"", "confirm = \"maybe\"", "at once"),
        ("minutes = 75", "minutes = 75\nroom = 3", ""),
        ("slug = \"living-with-anxiety\"", "slug = \"Living With\"", "word for addresses"),
        ("{ q =", "{ question =", "not known"),
    ] {
        let found = if said.is_empty() { mistakes(&example().replacen(from, to, 1)) } else { after(from, to) };
        assert!(!found.is_empty(), "{to} was accepted");
        assert!(found.iter().any(|mistake| mistake.contains(said)), "{to}: {found:?}");
    }
}

#[test]
fn topics_fit_kinds() {
    let process = mistakes(&example().replace("kind = \"therapy\"", "kind = \"process\"")).join("\n");
    assert!(process.contains("a process group has no topic"), "{process}");
    assert!(process.contains("“living-with” is not for a process group"), "{process}");
    let skills = mistakes(&example().replace("kind = \"therapy\"", "kind = \"skills\"")).join("\n");
    assert!(skills.contains("the topic of a skills group is dialectical-behavior-therapy"), "{skills}");
    assert_eq!(mistakes(&example().replace("topic = \"anxiety\"", "")).len(), 1);
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_their_lines() {
    let text = example()
        .replace("state = \"NY\"", "state = \"XX\"")
        .replace("seats = 8", "seats = 30\nsofa = true")
        .replace("weekday = \"tue\"", "weekday = \"dienstag\"");
    let found = mistakes(&text);
    assert_eq!(found.len(), 4, "{found:?}");
    let lines: Vec<usize> = found.iter().map(|one| one[5..].split_once(':').unwrap().0.parse().unwrap()).collect();
    assert!(lines.is_sorted(), "{found:?}");
}

#[test]
fn groups_of_one_leader_do_not_overlap_and_words_stand_once() {
    let group = &example()[example().find("[[group]]").unwrap()..];
    let twice = format!("{}\n{group}", example());
    let found = mistakes(&twice);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("already") && found[1].contains("two groups at once"), "{found:?}");
    let half_past = group.replace("living-with-anxiety", "other").replace("19:00", "20:14");
    assert_eq!(mistakes(&format!("{}\n{half_past}", example())).len(), 1);
    let after = group.replace("living-with-anxiety", "other").replace("19:00", "20:15");
    assert_eq!(mistakes(&format!("{}\n{after}", example())), Vec::<String>::new());
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let text = example().replace("seats = 8", "seats = = 8");
    let line = text.lines().position(|line| line.contains("= =")).unwrap() + 1;
    assert!(mistakes(&text)[0].starts_with(&format!("line {line}: this is not TOML")), "{:?}", mistakes(&text));
    assert_eq!(mistakes(""), ["line 1: the table [practice] is missing"]);
}

#[test]
fn a_name_gives_the_same_id_everywhere() {
    assert_eq!(named_id("group", "low-tide"), named_id("group", "low-tide"));
    assert_ne!(named_id("group", "low-tide"), named_id("therapist", "low-tide"));
    assert_eq!(named_id("group", "low-tide").get_version_num(), 8);
}
