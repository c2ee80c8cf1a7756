//! What a line of the result says, and how all of them are printed.

use crate::cpu::Cost;

/// How a line is judged.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Target {
    /// The median must not be below.
    AtLeast(f64),
    /// The median must not be above.
    AtMost(f64),
    /// Printed beside the others, for comparison.
    None,
}

/// A line of the result.
#[derive(Clone, Debug)]
pub struct Line {
    /// What was measured.
    pub name: String,
    /// What it was compared with.
    pub anchor: String,
    /// One value a round.
    pub values: Vec<f64>,
    /// Behind the values: " ms"; nothing for a ratio.
    pub unit: &'static str,
    /// When it is good.
    pub target: Target,
    /// What was answered or stored otherwise than it has to be.
    pub wrong: Vec<String>,
    /// Why it was not measured at all.
    pub skipped: Option<String>,
}

impl Line {
    /// A line that was measured.
    pub fn new(name: &str, anchor: &str, values: Vec<f64>, unit: &'static str, target: Target) -> Self {
        let (name, anchor) = (name.to_owned(), anchor.to_owned());
        Self { name, anchor, values, unit, target, wrong: Vec::new(), skipped: None }
    }

    /// A line that could not be measured.
    pub fn skipped(name: &str, anchor: &str, reason: impl Into<String>) -> Self {
        Self { skipped: Some(reason.into()), ..Self::new(name, anchor, Vec::new(), "", Target::None) }
    }

    /// The same line with what was wrong.
    pub fn with_wrong(mut self, wrong: &[String]) -> Self {
        self.wrong.extend_from_slice(wrong);
        self
    }

    /// Whether something was wrong.
    pub fn failed(&self) -> bool {
        !self.wrong.is_empty()
    }

    fn verdict(&self) -> String {
        if let Some(reason) = &self.skipped {
            return format!("skipped: {reason}");
        }
        if self.failed() {
            return "FAILED".to_owned();
        }
        let middle = median(&self.values);
        let is_good = match self.target {
            Target::AtLeast(least) => middle >= least,
            Target::AtMost(most) => middle <= most,
            Target::None => return "for comparison".to_owned(),
        };
        if is_good { "ok" } else { "missed" }.to_owned()
    }

    fn target(&self) -> String {
        match self.target {
            Target::AtLeast(least) => format!("≥ {}{}", number(least), self.unit),
            Target::AtMost(most) => format!("≤ {}{}", number(most), self.unit),
            Target::None => "–".to_owned(),
        }
    }

    fn cells(&self) -> [String; 6] {
        let (middle, range) = if self.values.is_empty() {
            ("–".to_owned(), "–".to_owned())
        } else {
            let (least, most) = range(&self.values);
            (format!("{}{}", number(median(&self.values)), self.unit), format!("{} – {}", number(least), number(most)))
        };
        [self.name.clone(), self.anchor.clone(), middle, range, self.target(), self.verdict()]
    }
}

/// The middle value; of an even number of them, the mean of the two in the middle.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        count if count % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

/// Least and most.
fn range(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(*value), most.max(*value)))
}

/// As many digits as it is worth.
fn number(value: f64) -> String {
    if value.abs() >= 100.0 || value.fract() == 0.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// Prints one program's rounds: CPU µs of an operation by who spent them, and operations a second on the wall.
pub fn print_costs(program: &str, costs: &[Cost]) {
    let each = |part: fn(&Cost) -> std::time::Duration| {
        let values: Vec<_> = costs.iter().map(|cost| cost.each(part(cost))).collect();
        median(&values)
    };
    let (server, postgres, client) = (each(|cost| cost.server), each(|cost| cost.postgres), each(|cost| cost.client));
    let rates: Vec<_> = costs.iter().map(Cost::rate).collect();
    println!(
        "  {program:<34} server {server:>6.0}  Postgres {postgres:>6.0}  client {client:>6.0}   {:>6.0} a second",
        median(&rates)
    );
}

/// The ratio of each round: what the anchor took for an operation, to what the application took for the same.
pub fn ratios(anchor: &[Cost], application: &[Cost]) -> Vec<f64> {
    let pairs = anchor.iter().zip(application);
    pairs.map(|(a, b)| a.each(a.postgres + a.client) / b.each(b.postgres + b.server).max(1e-9)).collect()
}

/// Prints all lines as one table, ready to be pasted into a text, and then whatever was wrong.
pub fn print(lines: &[Line]) {
    let head = ["line", "anchor", "median", "range", "target", ""].map(ToOwned::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(lines.iter().map(Line::cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 6] = std::array::from_fn(width);
    println!();
    for (number, row) in rows.iter().enumerate() {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        println!("| {} |", cells.join(" | "));
        if number == 0 {
            println!("|{}|", widths.map(|width| "-".repeat(width + 2)).join("|"));
        }
    }
    for line in lines.iter().filter(|line| line.failed()) {
        println!("\nFAILED: {}, {}", line.name, line.anchor);
        for wrong in line.wrong.iter().take(5) {
            println!("  {wrong}");
        }
        if line.wrong.len() > 5 {
            println!("  … and {} more", line.wrong.len() - 5);
        }
    }
}
