//! Writes: a request is read, its action is done, and both the rows and the response are committed
//! together, so that a repeated request with the same `Idempotency-Key` gets the response again.

pub(crate) mod conditions;
pub(crate) mod headers;
mod in_progress;
pub(crate) mod pool;
mod reply;
mod request;

pub(crate) use self::reply::{Reply, Secretive, Versioned};
pub(crate) use self::request::WriteRequest;
