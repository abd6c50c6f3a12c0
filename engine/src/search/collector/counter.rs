//! Counts matches as far as the query needs them.

use crate::query::Count;

/// The number of matching documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// The number, or a lower bound of it.
    pub value: u64,
    /// Whether `value` is the exact number.
    pub is_exact: bool,
}

/// The matches counted so far, and how far to count.
pub(crate) struct Counter {
    count: Count,
    /// Matches to count even if the query wants no total: term relaxation depends on them.
    min_matches: u64,
    counted: u64,
    is_complete: bool,
}

impl Counter {
    pub(crate) fn new(count: Count, min_matches: u64) -> Counter {
        Counter {
            count,
            min_matches,
            counted: 0,
            is_complete: false,
        }
    }

    /// Whether one more match would change the total or reach the minimum.
    pub(crate) fn needs_more(&self) -> bool {
        let has_min = self.counted >= self.min_matches;
        match self.count {
            _ if self.is_complete => false,
            Count::None => !has_min,
            Count::UpTo(limit) => self.counted <= limit || !has_min,
            Count::Exact => true,
        }
    }

    /// A lower bound of the number of matches, of which `collected` were collected without
    /// counting.
    pub(crate) fn known(&self, collected: usize) -> u64 {
        self.counted.max(collected as u64)
    }

    pub(crate) fn add(&mut self, matches: u64) {
        self.counted += matches;
    }

    /// Takes into account that a plan that does not count has collected this many matches: if they
    /// reach the minimum, nothing is counted for its sake.
    pub(crate) fn note_collected(&mut self, collected: usize) {
        if collected as u64 >= self.min_matches {
            self.min_matches = 0;
        }
    }

    /// Ends counting: these are all matches.
    pub(crate) fn complete(&mut self, matches: u64) {
        self.counted = matches;
        self.is_complete = true;
    }

    /// Raises the count to the number of collected matches, which a search that was cut short may
    /// not have counted.
    pub(crate) fn raise_to(&mut self, collected: usize) {
        self.counted = self.counted.max(collected as u64);
    }

    /// The total if the query wants one; a lower bound if the search was cut short.
    pub(crate) fn total(&self, is_partial: bool) -> Option<Total> {
        let (value, is_exact) = match self.count {
            Count::None => return None,
            Count::Exact => (self.counted, true),
            Count::UpTo(limit) => (self.counted.min(limit), self.counted <= limit),
        };
        Some(Total {
            value,
            is_exact: is_exact && !is_partial,
        })
    }
}
