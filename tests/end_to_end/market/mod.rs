//! The market over HTTP: the life of rooms, what landlords write, and what goes wrong.

mod bad_input;
pub(crate) mod client;
mod conditions;
mod exams;
mod idempotency;
mod landlords;
mod life;
mod merge_patch;
mod positions;
mod rights;
mod roles;
