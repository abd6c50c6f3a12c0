//! The publication: the followed tables in it, and the events.

mod events;
mod tables;

pub(crate) use events::{PublishedEvents, ensure_events, published_events};
pub(crate) use tables::{check_publication, ensure_publication};
