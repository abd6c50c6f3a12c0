//! Universities.

mod body;
mod json;
mod params;
pub(crate) mod routes;
