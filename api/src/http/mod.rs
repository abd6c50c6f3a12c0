//! The JSON envelope of every answer, errors, and request bodies.

pub(crate) mod body;
pub(crate) mod envelope;
pub(crate) mod error;
pub(crate) mod freshness;
pub(crate) mod list;
pub(crate) mod schema;
