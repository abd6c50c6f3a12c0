//! How to follow a database.

use std::time::Duration;

use super::database_url::DatabaseUrl;
use super::name::Name;
#[cfg(feature = "nats")]
use super::nats::NatsConfig;
use crate::wal::table::Tables;

/// How to follow a database.
#[derive(Clone, Debug)]
pub struct FollowConfig {
    /// The database with the tables.
    pub database: DatabaseUrl,
    /// The replication slot; each index needs its own. A node that receives changes through NATS
    /// uses it only as a name.
    pub slot: Name,
    /// The tables to follow.
    pub tables: Tables,
    /// The publication; created if it is missing.
    pub publication: Name,
    /// The longest time until a change is committed and searchable.
    pub commit_interval: Duration,
    /// The number of pending changes that triggers a commit at the end of a transaction.
    pub commit_changes_max: usize,
    /// How long the stream may stay silent, in spite of heartbeats, before the follower reconnects.
    pub silence_max: Duration,
    /// How many rows may be rejected before the follower pauses.
    pub dead_letters_max: usize,
    /// The NATS stream that carries the changes, instead of a slot.
    #[cfg(feature = "nats")]
    pub nats: Option<NatsConfig>,
}

impl FollowConfig {
    /// The tables of the collections that are always indexed, and the default limits; slot and
    /// publication are named `roost`.
    pub fn new(database: DatabaseUrl) -> FollowConfig {
        FollowConfig {
            database,
            slot: Name::new("roost"),
            tables: Tables::built_in(),
            publication: Name::new("roost"),
            commit_interval: Duration::from_millis(200),
            commit_changes_max: 10_000,
            silence_max: Duration::from_secs(60),
            dead_letters_max: 1_000,
            #[cfg(feature = "nats")]
            nats: None,
        }
    }

    /// The name of the NATS stream that carries the changes, if one does.
    pub(crate) fn nats_stream(&self) -> Option<&Name> {
        #[cfg(feature = "nats")]
        return self.nats.as_ref().map(|nats| &nats.stream);
        #[cfg(not(feature = "nats"))]
        None
    }
}
