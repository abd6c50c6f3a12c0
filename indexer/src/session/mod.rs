//! The follower: copies the tables, applies the stream of changes, and rebuilds the index.

pub(crate) mod checkpoint;
mod copy_progress;
mod copying;
mod event_relay;
mod follower;
mod initial_copy;
mod nats;
mod rebuild;
mod resume;
mod source;
mod stream;
mod transaction;

pub use follower::Follower;
pub use rebuild::RebuildHandle;
