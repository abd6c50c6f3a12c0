//! The NATS stream that carries the changes to a node, if the node is configured for one.

use roost_engine::Position;

use super::source::Source;
use crate::config::FollowConfig;
use crate::error::SessionError;
#[cfg(feature = "nats")]
use crate::jetstream::{Connection, JetstreamSource};
use crate::postgres::change_source::Server;

/// A connection to the NATS stream of a node. Without the feature `nats` there is none.
pub(super) struct NatsStream(#[cfg(feature = "nats")] Connection);

#[cfg(feature = "nats")]
impl NatsStream {
    /// Connects, if the node is configured for a NATS stream.
    pub(super) async fn open(
        config: &FollowConfig,
        application: &str,
    ) -> Result<Option<NatsStream>, SessionError> {
        match &config.nats {
            None => Ok(None),
            Some(nats) => Ok(Some(NatsStream(Connection::open(nats, application).await?))),
        }
    }

    /// Finds the message that continues from a position. The inner error is the reason why there is
    /// none.
    pub(super) async fn find(
        self,
        config: &FollowConfig,
        server: &Server,
        position: Position,
    ) -> Result<Result<Source, String>, SessionError> {
        let found = JetstreamSource::find(self.0, config, server, position).await?;
        Ok(found.map(|source| Source::Jetstream(Box::new(source))))
    }
}

#[cfg(not(feature = "nats"))]
impl NatsStream {
    pub(super) async fn open(
        _config: &FollowConfig,
        _application: &str,
    ) -> Result<Option<NatsStream>, SessionError> {
        Ok(None)
    }

    pub(super) async fn find(
        self,
        _config: &FollowConfig,
        _server: &Server,
        _position: Position,
    ) -> Result<Result<Source, String>, SessionError> {
        Err(SessionError::Ended)
    }
}
