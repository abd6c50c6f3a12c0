//! Live events: a node reads the new events of the market once and passes each on to the clients
//! that listen for it, as server-sent events.
//!
//! `docs/decisions/0039-live-events.md` says why.

mod hub;
mod listener;
mod listeners;
mod message;
mod queue;
mod resume_position;

pub use hub::Live;
pub(crate) use hub::Subscription;
pub(crate) use message::Audience;
