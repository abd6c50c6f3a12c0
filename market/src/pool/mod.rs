//! The request pool: rental requests of students, and what landlords make of them.

mod statistics;

pub use statistics::exposure;
