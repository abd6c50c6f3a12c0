//! What controls a search besides its query: its budget, and the constants that decide between
//! algorithms.

pub(crate) mod search_budget;
pub(crate) mod tuning;
