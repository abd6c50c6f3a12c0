//! Many room searches in one request.

mod request;
pub(crate) mod run;
mod schema;
