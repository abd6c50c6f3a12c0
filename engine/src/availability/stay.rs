//! Which nights does somebody stay?

use super::date::Date;
use crate::document::Key;

/// One night or more in a row: from the evening of `check_in` to the morning of `check_out`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stay {
    check_in: Date,
    check_out: Date,
}

/// A stay that ends before the first night is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("check-out on {check_out} is not after check-in on {check_in}")]
pub struct StayError {
    /// When it begins.
    pub check_in: Date,
    /// When it ends.
    pub check_out: Date,
}

/// What becomes of a document's nights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NightsChange {
    /// The document. It need not be there yet.
    pub key: Key,
    /// Nights that are no longer taken, unless they are among the next.
    pub freed: Vec<Stay>,
    /// Nights that are taken from now on.
    pub taken: Vec<Stay>,
}

impl Stay {
    /// A stay of one night or more.
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

    /// How many nights these are.
    pub fn nights(&self) -> u32 {
        self.check_out.days().abs_diff(self.check_in.days())
    }

    /// The nights that both have, if there are any.
    #[must_use]
    pub fn shared_with(&self, other: &Stay) -> Option<Stay> {
        let check_in = self.check_in.max(other.check_in);
        Stay::new(check_in, self.check_out.min(other.check_out)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stay(from: i32, to: i32) -> Stay {
        Stay::new(Date::of_days(from), Date::of_days(to)).unwrap()
    }

    #[test]
    fn a_stay_has_a_night_at_least_and_shares_nights_only_where_it_overlaps() {
        assert_eq!(stay(3, 7).nights(), 4);
        assert!(Stay::new(Date::of_days(3), Date::of_days(3)).is_err());
        assert_eq!(stay(3, 7).shared_with(&stay(5, 9)), Some(stay(5, 7)));
        assert_eq!(stay(3, 7).shared_with(&stay(7, 9)), None);
    }
}
