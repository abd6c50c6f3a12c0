//! The fields of a university.

use crate::fields::{Line, Lines};

/// The name.
pub const NAME: Line = Line::new("name", 1, 300);
/// Other names, such as short and former ones.
pub const ALIASES: Lines = Lines {
    name: "aliases",
    count_max: 50,
    chars_max: 300,
};
/// Town or city.
pub const CITY: Line = Line::new("city", 1, 200);
/// The state.
pub const STATE: Line = Line::new("state", 1, 200);
