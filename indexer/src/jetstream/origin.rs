//! The origin of the changes that a stream carries: the server, its timeline, the database and the
//! publication.

use std::fmt;

use crate::config::{FollowConfig, Name};
use crate::postgres::change_source::Server;

/// Where changes come from, as text. A position has a meaning only within its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The system and its timeline. A failover starts another timeline.
    pub(crate) server: String,
    pub(crate) database: String,
}

impl Origin {
    /// The origin of the changes that a stream must carry.
    pub(crate) fn of(server: &Server, config: &FollowConfig) -> Origin {
        let (database, publication) = (config.database.database(), &config.publication);
        Origin {
            server: format!("system {}, timeline {}", server.system_id, server.timeline),
            // The name of a database may contain any character, so it is quoted and escaped.
            database: format!("database {database:?}, publication {publication}"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.server, self.database)
    }
}

/// The application name of a stream's publisher, in Postgres and NATS.
pub(crate) fn publisher_name(stream: &Name) -> String {
    format!("roost publish {stream}")
}
