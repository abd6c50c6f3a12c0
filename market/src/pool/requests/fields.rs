//! The fields of a rental request that a student writes, with the values that each accepts.
//!
//! They mirror the constraints of the table `requests`, so that an error names field, value and
//! what was expected. The names of amenities and room types are left to those constraints alone.

use std::time::Duration;

use crate::action::error::ActionError;
use crate::fields::text::lines;
use crate::fields::{Code, Day, Line, Whole, hundredths};

/// The title.
pub const TITLE: Line = Line::new("title", 1, 300);
/// The town or city of a point.
pub const CITY: Line = Line::new("city", 0, 200);
/// How far from its location a room may be, in metres.
pub const REACH_M: Whole = Whole::new("reach_m", 100, 200_000);
/// The number of people who need a bed.
pub const OCCUPANTS: Whole = Whole::new("occupants", 1, 100);
/// The currency of the budget.
pub const CURRENCY: Code = Code {
    name: "currency",
    chars: 3,
    expected: "a code of ISO 4217 such as INR",
};
/// The date of the first evening.
pub const CHECK_IN: Day = Day { name: "check_in" };
/// The date of the morning after the last night.
pub const CHECK_OUT: Day = Day { name: "check_out" };
/// The maximum length of a description in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 5_000;
/// What a description is.
pub const DESCRIPTION_EXPECTED: &str = "a text of at most 5000 characters";
/// What a budget is.
pub const BUDGET_EXPECTED: &str = "a number from 0.01 to 9999999999.99 with at most two decimals, \
                                   or null for any price";
/// What the time of the end is.
pub const EXPIRES_AT_EXPECTED: &str =
    "a time in the format of RFC 3339 such as 2026-12-08T12:00:00Z";
/// What a venue is.
pub const VENUE_ID_EXPECTED: &str = "the id of an active venue";
/// What an assignment is.
pub const ASSIGNMENT_ID_EXPECTED: &str = "the id of an assignment of the student";

/// The distance that a request accepts unless it names another.
pub(super) const REACH_M_DEFAULT: i32 = 5_000;
/// The longest stay, as in the table.
pub(super) const NIGHTS_MAX: i64 = 366;
/// How long a request is active unless it names another time.
pub(super) const ACTIVE_FOR: Duration = Duration::from_secs(14 * 24 * 3600);

/// Checks a description, which may have several lines.
pub(super) fn description(text: String) -> Result<String, ActionError> {
    lines("description", text, DESCRIPTION_CHARS_MAX)
}

/// Checks a budget for one night in units of its currency, and returns it in hundredths.
pub(super) fn budget(budget: f64) -> Result<i64, ActionError> {
    let positive = hundredths(budget).filter(|hundredths| *hundredths > 0);
    positive.ok_or_else(|| ActionError::invalid("budget", budget, BUDGET_EXPECTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_positive_with_at_most_two_decimals() {
        assert_eq!(budget(900.5).unwrap(), 90_050);
        for bad in [0.0, -1.0, 0.001, 1e10, f64::NAN] {
            assert!(budget(bad).is_err(), "{bad}");
        }
    }
}
