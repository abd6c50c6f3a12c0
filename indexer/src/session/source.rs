//! The stream of a node: from a slot of its own, or from a publisher through NATS JetStream.

use roost_engine::Position;

use crate::config::Name;
use crate::error::SessionError;
#[cfg(feature = "nats")]
use crate::jetstream::JetstreamSource;
use crate::postgres::change_source::{ChangeSource, Event};
use crate::postgres::replication::PostgresSource;

/// The stream of a node.
pub(crate) enum Source {
    Postgres(Box<PostgresSource>),
    #[cfg(feature = "nats")]
    Jetstream(Box<JetstreamSource>),
}

impl Source {
    /// Starts the stream at the position that the source was connected for.
    pub(crate) async fn start(&mut self, from: Position) -> Result<(), SessionError> {
        match self {
            Source::Postgres(source) => source.start(from).await,
            #[cfg(feature = "nats")]
            Source::Jetstream(source) => source.start().await,
        }
    }
}

impl ChangeSource for Source {
    async fn next(&mut self) -> Result<Event, SessionError> {
        match self {
            Source::Postgres(source) => source.next().await,
            #[cfg(feature = "nats")]
            Source::Jetstream(source) => source.next().await,
        }
    }

    fn acknowledge(&mut self, position: Position) {
        match self {
            Source::Postgres(source) => source.acknowledge(position),
            #[cfg(feature = "nats")]
            Source::Jetstream(source) => source.acknowledge(position),
        }
    }

    async fn close(self) {
        match self {
            Source::Postgres(source) => source.close().await,
            #[cfg(feature = "nats")]
            Source::Jetstream(source) => source.close().await,
        }
    }

    fn slot(&self) -> Option<&Name> {
        match self {
            Source::Postgres(source) => source.slot(),
            #[cfg(feature = "nats")]
            Source::Jetstream(source) => source.slot(),
        }
    }

    fn reader(&self) -> &str {
        match self {
            Source::Postgres(source) => source.reader(),
            #[cfg(feature = "nats")]
            Source::Jetstream(source) => source.reader(),
        }
    }
}
