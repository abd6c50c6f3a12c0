//! Availability: dates, date ranges, and the busy days of documents.
//!
//! [`DateRange`] is the one type for a range of days: days that become busy, the days of a search,
//! and the window of days that the index keeps.

mod date;
mod date_range;
mod day_set;
mod day_table;

pub use date::{Date, DateError};
pub use date_range::{DateRange, DateRangeError, DaysChange};
pub(crate) use day_set::{AtomicDaySet, DaySet};
pub use day_table::BusyDays;
pub(crate) use day_table::{DayRow, DayTable};
