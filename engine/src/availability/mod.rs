//! Availability: dates, date ranges, sets of days, and changes of busy days.
//!
//! [`DateRange`] is the one type for a range of days: days that become busy, the days of a search,
//! and the window of days that the index keeps.

mod date;
mod date_range;
mod day_set;

pub use date::{Date, DateError};
pub use date_range::{DateRange, DateRangeError, DaysChange};
pub(crate) use day_set::{AtomicDaySet, DaySet, RING_DAYS};
