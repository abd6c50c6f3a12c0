//! Upper and lower bounds of what the documents below a tree node hold and score.

pub(crate) mod attribute_bounds;
pub(crate) mod night_bounds;
pub(crate) mod signal_bounds;
pub(crate) mod static_bounds;
pub(crate) mod term_bounds;
pub(crate) mod word_bounds;
