//! Chance that can be repeated: the same seed, day and purpose give the same numbers.

use crate::server::state::sha256;
use chrono::NaiveDate;

/// Changes what every demo looks like.
const SEED: &str = "alder street 1";

/// Letters of a reference: Crockford's base 32, which has none that can be taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A row of numbers (xorshift64*).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The row for a day and a purpose.
    pub fn of(today: NaiveDate, purpose: &str) -> Self {
        let digest = sha256(format!("{SEED} {today} {purpose}").as_bytes());
        let state = digest[..8].iter().fold(0_u64, |state, byte| state << 8 | u64::from(*byte));
        // The generator stands still at zero.
        Self(state | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32
    }

    /// A number below a bound; 0 for a bound of 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound.max(1))).unwrap_or_default()
    }

    /// One of several things. `None` only if there is none.
    pub fn one_of<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        let count = u32::try_from(things.len()).unwrap_or(u32::MAX);
        usize::try_from(self.below(count)).ok().and_then(|index| things.get(index))
    }

    /// The reference of a reservation; the number makes it differ from all others.
    pub fn reference(number: usize) -> String {
        // Multiplying by an odd number visits every value below 32^6 = 2^30 once, and looks drawn.
        let mut value = (number.wrapping_mul(0x1B87_3593) + 0x2545_F491) & ((1 << 30) - 1);
        let mut letters = String::new();
        for _ in 0..6 {
            letters.push(char::from(LETTERS[value & 31]));
            value >>= 5;
        }
        format!("CG {} {}", &letters[..3], &letters[3..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_day_gives_the_same_numbers_and_another_day_others() {
        let row = |day: &str| {
            let mut chance = Chance::of(day.parse().unwrap(), "test");
            (0..20).map(|_| chance.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(row("2026-11-24"), row("2026-11-24"));
        assert_ne!(row("2026-11-24"), row("2026-11-25"));
    }

    #[test]
    fn references_differ() {
        let all: std::collections::HashSet<_> = (0..100_000).map(Chance::reference).collect();
        assert_eq!(all.len(), 100_000);
        assert!(all.iter().all(|reference| reference.len() == 10));
    }
}
