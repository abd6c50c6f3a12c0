//! Venues: where exams are sat.

mod actions;
pub(super) mod fields;
mod patch;
mod venue;
mod warning;

pub use actions::{change_venue, create_venue, venue, venues};
pub use patch::VenuePatch;
pub use venue::{Venue, VenueFilter};
pub use warning::Warning;
