//! The request pool: rental requests of students, and what landlords make of them.

pub mod contracts;
pub mod live;
pub mod matches;
pub mod money;
pub mod offers;
mod party;
pub mod payments;
pub mod requests;
pub mod statistics;
