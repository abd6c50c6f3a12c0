//! The request pool: rental requests of students, and what landlords make of them.

pub mod live;
pub mod matches;
pub mod requests;
mod statistics;

pub use statistics::exposure;
