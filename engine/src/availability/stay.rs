//! Stays: ranges of nights, and changes of the booked nights of a document.

use std::ops::Range;

use super::date::Date;
use crate::document::Key;

/// One or more consecutive nights, from the evening of `check_in` to the morning of `check_out`: a
/// booking, or a window of nights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stay {
    check_in: Date,
    check_out: Date,
}

/// A check-out that is not after the check-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("check-out on {check_out} is not after check-in on {check_in}")]
pub struct StayError {
    /// The date of the first evening.
    pub check_in: Date,
    /// The date of the morning after the last night.
    pub check_out: Date,
}

/// A change of the booked nights of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NightsChange {
    /// The document, which need not exist yet.
    pub key: Key,
    /// Nights that become free, unless they are also in `booked`.
    pub freed: Vec<Stay>,
    /// Nights that become booked.
    pub booked: Vec<Stay>,
}

impl Stay {
    /// A stay of at least one night.
    ///
    /// # Errors
    /// If `check_out` is not after `check_in`.
    pub fn new(check_in: Date, check_out: Date) -> Result<Stay, StayError> {
        if check_in < check_out {
            Ok(Stay {
                check_in,
                check_out,
            })
        } else {
            Err(StayError {
                check_in,
                check_out,
            })
        }
    }

    /// The date of the first evening.
    pub fn check_in(&self) -> Date {
        self.check_in
    }

    /// The date of the morning after the last night.
    pub fn check_out(&self) -> Date {
        self.check_out
    }

    /// The number of nights.
    pub fn nights(&self) -> u32 {
        self.check_out.days().abs_diff(self.check_in.days())
    }

    /// The nights that both contain, if there are any.
    #[must_use]
    pub fn intersection(&self, other: &Stay) -> Option<Stay> {
        let check_in = self.check_in.max(other.check_in);
        Stay::new(check_in, self.check_out.min(other.check_out)).ok()
    }

    /// The nights, each by the day of its evening.
    pub(super) fn days(&self) -> Range<i32> {
        self.check_in.days()..self.check_out.days()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stay(from: i32, to: i32) -> Stay {
        Stay::new(Date::of_days(from), Date::of_days(to)).unwrap()
    }

    #[test]
    fn a_stay_has_at_least_one_night_and_intersects_only_stays_that_overlap() {
        assert_eq!(stay(3, 7).nights(), 4);
        assert!(Stay::new(Date::of_days(3), Date::of_days(3)).is_err());
        assert_eq!(stay(3, 7).intersection(&stay(5, 9)), Some(stay(5, 7)));
        assert_eq!(stay(3, 7).intersection(&stay(7, 9)), None);
    }
}
