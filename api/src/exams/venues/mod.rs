//! Exam venues: search by name or place, and single venues.

pub(crate) mod item;
pub(crate) mod search;
pub(crate) mod venue;
