//! Hands the stream of an index over to a node that is restored from a snapshot of it.
//!
//! A snapshot has a position, but Postgres retains WAL only from where its slots are, and the slot
//! of a running node advances. So a slot without a session may retain the WAL for a snapshot
//! ([`RetainedWal`]). The node that starts from the snapshot gets a slot of its own that sends
//! everything after the snapshot ([`Handover`]), or an error that says why there is none.

mod restored_index;
mod retained_wal;
mod stream_check;

pub use restored_index::Handover;
pub use retained_wal::{RetainedWal, followed_slot};
