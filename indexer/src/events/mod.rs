//! Hands the events of committed transactions to subscribers, in the order of the commits.

mod hub;
mod subscription;

pub(crate) use hub::EventHub;
pub use subscription::{EventNotice, EventSubscription, Events};
