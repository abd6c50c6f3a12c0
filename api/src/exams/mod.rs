//! Exams: universities, their sessions and venues, and which student sits an exam where.

pub(crate) mod assignments;
mod params;
pub(crate) mod sessions;
pub(crate) mod universities;
pub(crate) mod venues;
