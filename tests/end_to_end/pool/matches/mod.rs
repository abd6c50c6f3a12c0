//! The landlords for requests, and the requests for landlords.

mod directions;
mod enqueued;
mod formula;
pub(super) mod fresh;
mod imported;
mod stored;
mod two_nodes;
mod world;
