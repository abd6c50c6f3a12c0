//! Nights: dates, stays, and which nights of a document are booked.

mod date;
mod nights;
mod stay;

pub use date::{Date, DateError};
pub use nights::BookedNights;
pub(crate) use nights::{AtomicNightSet, NightSet, NightSlot, NightTable};
pub use stay::{NightsChange, Stay, StayError};
