//! Many room searches in one request.

mod hits;
mod request;
pub(crate) mod run;
mod schema;
