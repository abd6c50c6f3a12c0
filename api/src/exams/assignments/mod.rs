//! Assignments: which student sits an exam at which venue.

pub(crate) mod import;
pub(crate) mod item;
mod json;
pub(crate) mod list;
pub(crate) mod own;
mod rows;
