//! Date ranges, and changes of the busy days of a document.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::date::Date;
use crate::schema::Key;

/// One or more consecutive days, from `start` up to and without `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DateRange {
    start: Date,
    end: Date,
}

/// An end that is not after the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the end {end} is not after the start {start}")]
pub struct DateRangeError {
    /// The first day.
    pub start: Date,
    /// The day after the last one.
    pub end: Date,
}

/// A change of the busy days of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaysChange {
    /// The document, which need not exist yet.
    pub key: Key,
    /// Days that become free, unless they are also in `busy`.
    pub freed: Vec<DateRange>,
    /// Days that become busy.
    pub busy: Vec<DateRange>,
}

impl DateRange {
    /// A range of at least one day.
    ///
    /// # Errors
    /// If `end` is not after `start`.
    pub fn new(start: Date, end: Date) -> Result<DateRange, DateRangeError> {
        if start < end {
            Ok(DateRange { start, end })
        } else {
            Err(DateRangeError { start, end })
        }
    }

    /// The first day.
    pub fn start(&self) -> Date {
        self.start
    }

    /// The day after the last one.
    pub fn end(&self) -> Date {
        self.end
    }

    /// The number of days.
    pub fn day_count(&self) -> u32 {
        self.end.days().abs_diff(self.start.days())
    }

    /// Whether both have a day in common.
    pub fn overlaps(&self, other: &DateRange) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The days that both contain, if there are any.
    #[must_use]
    pub fn intersection(&self, other: &DateRange) -> Option<DateRange> {
        let start = self.start.max(other.start);
        DateRange::new(start, self.end.min(other.end)).ok()
    }

    /// The days as numbers since 1970-01-01.
    pub(super) fn days(&self) -> Range<i32> {
        self.start.days()..self.end.days()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: i32, to: i32) -> DateRange {
        DateRange::new(Date::of_days(from), Date::of_days(to)).unwrap()
    }

    #[test]
    fn a_range_has_at_least_one_day_and_intersects_only_ranges_that_overlap() {
        assert_eq!(range(3, 7).day_count(), 4);
        assert!(DateRange::new(Date::of_days(3), Date::of_days(3)).is_err());
        assert_eq!(range(3, 7).intersection(&range(5, 9)), Some(range(5, 7)));
        assert_eq!(range(3, 7).intersection(&range(7, 9)), None);
    }
}
