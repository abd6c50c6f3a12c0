//! The landlords for requests, and the requests for landlords.

mod directions;
mod enqueued;
mod formula;
mod stored;
mod world;
