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

    #[test]
    fn other_members_see_a_name_and_nothing_else() {
        assert_eq!(TABLE.iter().filter(|(_, cells)| cells[1] != "no").count(), 1);
        assert_eq!(TABLE[0].1[1], "while you both have a seat");
    }

    #[test]
    fn nobody_but_its_author_sees_a_psychotherapy_note() {
        let (_, cells) = TABLE[10];
        assert_eq!(cells, ["no", "no", "its author only", "its author only", "never", "never"]);
    }
}
