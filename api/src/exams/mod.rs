//! Exams: the venues at which they are held.

pub(crate) mod venues;
