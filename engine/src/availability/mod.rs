//! Availability: dates, stays, and the booked nights of documents.
//!
//! [`Stay`] is the one type for a range of nights: a booking, the nights of a search, and the
//! window of nights that the index keeps.

mod date;
mod night_set;
mod night_table;
mod stay;

pub use date::{Date, DateError};
pub(crate) use night_set::{AtomicNightSet, NightSet};
pub use night_table::BookedNights;
pub(crate) use night_table::{NightRow, NightTable};
pub use stay::{NightsChange, Stay, StayError};
