//! Who sees what of a member: one table for the page that says it. Whatever is not in it, nobody sees.

/// Who may look, in the order of the columns.
pub const WHO: [&str; 6] =
    ["You", "Others in your group", "Your therapist", "A substitute", "The office", "The office, break-glass"];

/// What there is to see, and what each of [`WHO`] sees of it.
pub const TABLE: [(&str, [&str; 6]); 11] = [
    ("The name you choose", ["yes", "while you both have a seat", "yes", "yes", "yes", "yes"]),
    (
        "Legal name, e-mail, phone, emergency contact",
        ["yes", "no", "with one more click", "with one more click", "yes", "yes"],
    ),
    (
        "Seats, signed agreements, attendance, absences",
        ["yes", "no", "in their own groups", "for that meeting", "yes", "yes"],
    ),
    ("Questionnaires: totals and answers", ["yes", "no", "of their own members", "no", "no", "yes"]),
    (
        "An alert about thoughts of dying",
        [
            "no",
            "no",
            "yes",
            "while they stand in",
            "name, contact and time, if nobody has looked within an hour",
            "yes",
        ],
    ),
    ("Diary cards", ["yes", "no", "what you shared", "no", "no", "no"]),
    ("Answers after a meeting", ["yes", "no", "averages of four or more", "no", "averages of ten or more", "no"]),
    ("Goals, advice, messages", ["yes", "no", "your own leader", "no", "no", "yes"]),
    ("The record of a meeting, which names nobody", ["no", "no", "yes", "those they wrote", "no", "yes"]),
    ("The note on your progress", ["in your own copy", "no", "yes", "those they wrote", "no", "yes"]),
    ("A therapist’s own psychotherapy note", ["no", "no", "its author only", "its author only", "never", "never"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The table as the rules of the domain have it, in the same order.
    const RULES: [(&str, [&str; 6]); 11] = [
        ("chosen display name", ["yes", "both hold a reservation", "yes", "yes", "yes", "yes"]),
        (
            "legal name, e-mail, phone, emergency contact",
            ["yes", "no", "one more click", "one more click", "yes", "yes"],
        ),
        ("seats, agreements signed, attendance, absences", ["yes", "no", "own group", "that meeting", "yes", "yes"]),
        ("measures (totals and answers)", ["yes", "no", "own members", "no", "no", "yes"]),
        ("item-9 alert", ["no", "no", "yes", "while substitute", "when escalated", "yes"]),
        ("diary cards", ["yes", "no", "what she shared", "no", "no", "no"]),
        ("check-ins", ["yes", "no", "averages, n ≥ 4", "no", "averages, n ≥ 10", "no"]),
        ("goals, advice, threads", ["yes", "no", "own leader", "no", "no", "yes"]),
        ("group meeting record", ["no", "no", "yes", "those she wrote", "no", "yes"]),
        ("progress note", ["in her export", "no", "yes", "those she wrote", "no", "yes"]),
        ("psychotherapy note", ["no", "no", "author only", "author only", "never", "never"]),
    ];

    /// How a cell of the rules is said to her.
    const SAID: [(&str, &str); 17] = [
        ("yes", "yes"),
        ("no", "no"),
        ("never", "never"),
        ("both hold a reservation", "while you both have a seat"),
        ("one more click", "with one more click"),
        ("own group", "in their own groups"),
        ("that meeting", "for that meeting"),
        ("own members", "of their own members"),
        ("while substitute", "while they stand in"),
        ("when escalated", "name, contact and time, if nobody has looked within an hour"),
        ("what she shared", "what you shared"),
        ("averages, n ≥ 4", "averages of four or more"),
        ("averages, n ≥ 10", "averages of ten or more"),
        ("own leader", "your own leader"),
        ("those she wrote", "those they wrote"),
        ("in her export", "in your own copy"),
        ("author only", "its author only"),
    ];

    #[test]
    fn the_table_says_what_the_rules_say() {
        for ((rule, cells), (what, shown)) in RULES.iter().zip(TABLE) {
            let said = cells.map(|cell| SAID.iter().find(|(rule, _)| *rule == cell).map(|(_, said)| *said));
            assert_eq!(said, shown.map(Some), "{rule}: {what}");
        }
    }
}
