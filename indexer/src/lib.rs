//! Follows Postgres by logical replication into the engine.
//!
//! A [`Follower`] copies the rooms and exam venues once, as one snapshot of the database has them,
//! and from there on applies every committed transaction, in order. The position of the last one
//! is part of each commit of the index, and Postgres is told of it only afterwards, so a crash at
//! any moment loses nothing. Landlords become signals and bookings taken nights, which searches
//! see at once.
//!
//! Past a few nodes a [`Publisher`] reads the changes once and publishes them for all through NATS.
//!
//! Rows that can't be converted are left out and written down: see [`DeadLetter`].
//!
//! [`verify`] compares an index with the tables, row by row at one position.

mod apply;
mod config;
mod copy;
mod dead_letters;
mod error;
mod handover;
mod jetstream;
mod memory_state;
mod postgres;
mod session;
mod status;
mod verify;
mod wal;

pub use config::{ConfigError, DatabaseUrl, FollowConfig, Name};
pub use dead_letters::table::{
    DeadLetter, WhichDeadLetters, drop_dead_letters, list_dead_letters, retry_dead_letters,
};
pub use error::{FollowError, SessionError};
pub use handover::{Adoption, LogHold, followed_slot};
pub use jetstream::{NatsConfig, NatsUrl, NatsUrlError, Publisher};
pub use memory_state::{
    FetchMemoryState, MemoryState, MemoryStateError, MemoryStateFuture, MemoryStateHandle,
};
pub use session::follower::Follower;
pub use session::rebuild::Rebuilds;
pub use status::{Phase, Progress, Rebuild, SlotState, Status};
pub use verify::{
    Difference, FieldDifference, Part, PartReport, Report, VerifyConfig, VerifyError, verify,
};
pub use wal::table::{RowError, Table};
