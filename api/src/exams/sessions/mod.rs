//! Exam sessions.

mod body;
mod json;
mod params;
pub(crate) mod routes;
