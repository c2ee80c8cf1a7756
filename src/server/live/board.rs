//! What the streams watch: the newest counts of every group, and since which version they are so.

use std::{collections::BTreeMap, fmt::Write as _, sync::Arc};

/// The counts of all groups at one moment. A change makes a new board; readers keep theirs until they look again.
#[derive(Clone, Debug)]
pub struct Board {
    /// Tells ids of its events from those of other programs, and of earlier boards of this one, whose counting means
    /// something else.
    origin: Arc<str>,
    version: u64,
    lines: BTreeMap<Arc<str>, Line>,
}

/// What is sent about one group.
#[derive(Clone, Debug)]
struct Line {
    since: u64,
    json: Arc<str>,
}

impl Board {
    /// An empty one, the first of its origin, which is drawn for it.
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.into(), version: 0, lines: BTreeMap::new() }
    }

    /// The version in an id of an event, if it is one of this board's origin.
    pub fn seen(&self, id: &str) -> Option<u64> {
        id.strip_prefix(&*self.origin)?.strip_prefix('-')?.parse().ok()
    }

    /// Its number; a later board has a higher one.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The next board: with these lines instead of what was said of the same groups. `None` where all is said already.
    #[must_use]
    pub fn with(&self, lines: impl IntoIterator<Item = (String, String)>) -> Option<Self> {
        let version = self.version + 1;
        let changed: Vec<_> = lines
            .into_iter()
            .filter(|(slug, json)| self.lines.get(slug.as_str()).is_none_or(|line| *line.json != **json))
            .collect();
        if changed.is_empty() {
            return None;
        }
        let mut board = Self { origin: Arc::clone(&self.origin), version, lines: self.lines.clone() };
        for (slug, json) in changed {
            board.lines.insert(slug.into(), Line { since: version, json: json.into() });
        }
        Some(board)
    }

    /// Of these groups, those that there are.
    pub fn known<'a>(&self, slugs: impl Iterator<Item = &'a str>) -> Box<[Arc<str>]> {
        let mut known: Vec<_> = slugs.filter_map(|slug| Some(self.lines.get_key_value(slug)?.0.clone())).collect();
        known.sort_unstable();
        known.dedup();
        known.into()
    }

    /// The event with all that has changed after the version `since`, of all groups or of those asked for.
    pub fn event(&self, asked: Option<&[Arc<str>]>, since: u64) -> Option<String> {
        // A version that is still to come is none of ours: whoever has it gets everything.
        let since = if since > self.version { 0 } else { since };
        let mut text = String::new();
        let mut add = |line: &Line| {
            if line.since > since {
                text.push(if text.is_empty() { '[' } else { ',' });
                text.push_str(&line.json);
            }
        };
        match asked {
            Some(slugs) => slugs.iter().filter_map(|slug| self.lines.get(slug)).for_each(&mut add),
            None => self.lines.values().for_each(&mut add),
        }
        if text.is_empty() {
            return None;
        }
        let mut event = String::with_capacity(text.len() + 64);
        // Writing into a string cannot fail. JSON has no line break outside of texts, and within them it is escaped.
        let _ = write!(event, "id: {}-{}\ndata: {text}]\n\n", self.origin, self.version);
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[(&str, &str)]) -> Vec<(String, String)> {
        lines.iter().map(|(slug, json)| ((*slug).to_owned(), (*json).to_owned())).collect()
    }

    #[test]
    fn each_reader_gets_what_has_changed_for_her() {
        let first = Board::new("x").with(lines(&[("a", "1"), ("b", "1"), ("c", "1")])).unwrap();
        assert!(first.with(lines(&[("a", "1")])).is_none(), "nothing new");
        let second = first.with(lines(&[("a", "1"), ("b", "2")])).unwrap();
        let third = second.with(lines(&[("c", "3")])).unwrap();
        let asked = third.known(["c", "a", "none", "a"].into_iter());
        assert_eq!(asked.iter().map(|slug| &**slug).collect::<Vec<_>>(), ["a", "c"]);

        assert_eq!(third.event(None, 0).unwrap(), "id: x-3\ndata: [1,2,3]\n\n");
        assert_eq!(third.event(None, 1).unwrap(), "id: x-3\ndata: [2,3]\n\n");
        assert_eq!(third.event(Some(&asked), 0).unwrap(), "id: x-3\ndata: [1,3]\n\n");
        assert_eq!(second.event(Some(&asked), 1), None, "nothing that she shows");
        assert_eq!((third.seen("x-2"), third.seen("y-2"), third.seen("x")), (Some(2), None, None));
        assert_eq!(third.event(None, 3), None);
        assert_eq!(third.event(None, 9).unwrap(), "id: x-3\ndata: [1,2,3]\n\n", "a version of nobody");
    }
}
