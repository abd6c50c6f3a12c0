//! The fields of an exam session, apart from its name.

use crate::fields::Day;

/// The first day.
pub const STARTS_ON: Day = Day { name: "starts_on" };
/// The last day.
pub const ENDS_ON: Day = Day { name: "ends_on" };
