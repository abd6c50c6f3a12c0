//! What all routes share: the JSON envelope of answers, errors, request bodies, and the address of
//! the client.

pub(crate) mod action;
pub(crate) mod body;
pub(crate) mod client_address;
pub(crate) mod envelope;
pub(crate) mod error;
pub(crate) mod freshness;
pub(crate) mod list;
pub(crate) mod origins;
pub(crate) mod rejections;
pub(crate) mod row_error;
pub(crate) mod schema;
pub(crate) mod shorten;
pub(crate) mod write;
