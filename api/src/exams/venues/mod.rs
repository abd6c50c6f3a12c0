//! Exam venues: search by name or place, single venues, and what officials write of them.

mod body;
pub(crate) mod change;
pub(crate) mod item;
mod params;
mod record;
pub(crate) mod records;
pub(crate) mod search;
pub(crate) mod venue;
