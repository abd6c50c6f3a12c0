//! The fields of a venue, apart from those that it has in common with a university.

use crate::fields::{Line, Whole};

/// Street and number.
pub const ADDRESS: Line = Line::new("address", 0, 500);
/// The state.
pub const VENUE_STATE: Line = Line::new("state", 0, 200);
/// The postal code.
pub const POSTAL_CODE: Line = Line::new("postal_code", 0, 20);
/// The number of people who can sit an exam at once.
pub const SEATS: Whole = Whole::new("seats", 1, 1_000_000);
