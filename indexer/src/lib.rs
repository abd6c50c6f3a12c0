//! Follows Postgres by logical replication into the engine.
//!
//! A [`Follower`] copies the rooms and exam venues once, as of one snapshot of the database, and
//! then applies every committed transaction in order. Each commit of the index contains the
//! position of the last one, and only then the position is acknowledged to Postgres. A crash at any
//! moment therefore loses nothing. Landlords, bookings and the exposure of requests become signals,
//! which searches see at once.
//!
//! The events of the market reach the subscribers of a follower in the order of their commits: see
//! [`Events`].
//!
//! For many nodes, a `Publisher` reads the changes once and publishes them through NATS JetStream
//! (feature `nats`).
//!
//! Rows that can't be converted are rejected and kept: see [`DeadLetter`].
//!
//! [`verify`] compares an index with the tables, row by row at one position.

mod apply;
mod config;
mod dead_letters;
mod error;
mod events;
mod handover;
#[cfg(feature = "nats")]
mod jetstream;
mod postgres;
mod session;
mod status;
mod verify;
mod wal;

pub use apply::memory_state::{
    FetchMemoryState, MemoryState, MemoryStateError, MemoryStateFuture, MemoryStateHandle,
    SignalState,
};
pub use config::{ConfigError, DatabaseUrl, FollowConfig, Name};
#[cfg(feature = "nats")]
pub use config::{NatsConfig, NatsUrl, NatsUrlError};
pub use dead_letters::{
    DeadLetter, DeadLetterFilter, drop_dead_letters, list_dead_letters, retry_dead_letters,
};
pub use error::{DecodeError, FollowError, SessionError};
pub use events::{EventNotice, EventSubscription, Events};
pub use handover::{Handover, RetainedWal, followed_slot};
#[cfg(feature = "nats")]
pub use jetstream::Publisher;
pub use postgres::server::ServerSettings;
pub use session::{Follower, RebuildHandle};
pub use status::{Phase, Progress, Rebuild, SlotState, Status};
pub use verify::{
    Difference, FieldDifference, Part, PartReport, Report, VerifyConfig, VerifyError, verify,
};
pub use wal::event::CommittedEvent;
pub use wal::row::RowError;
pub use wal::table::{Table, Tables, Target};
