//! The state of the follower, provided by the indexer.

use std::pin::Pin;

use roost_engine::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rebuild::RebuildReport;
use super::stream::StreamReport;

/// Reports how far the index has followed the database.
pub trait Health: Send + Sync {
    /// The current state. Every request calls it, so it must be quick.
    fn report(&self) -> HealthReport;

    /// The progress of the change stream.
    fn stream(&self) -> StreamReport;

    /// Waits until documents and signals reflect every change up to a WAL position.
    fn reached(&self, position: Position) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// How far the index has followed the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthReport {
    /// What the follower does.
    pub phase: Phase,
    /// Whether searches are answered: the initial copy is complete.
    pub ready: bool,
    /// Why the node is not ready, or why it is degraded although ready; `None` when all is well.
    pub reason: Option<String>,
    /// WAL bytes that are not applied yet; `None` if unknown.
    pub lag_bytes: Option<u64>,
    /// Rows that could not be converted and are not searchable.
    pub dead_letters: u64,
    /// The running or last rebuild; `None` if there was none since the node started.
    pub rebuild: Option<RebuildReport>,
}

/// What the follower does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Starts.
    Starting,
    /// Makes the initial copy.
    Copying,
    /// Follows the change stream.
    Following,
    /// Waits for the database to become reachable.
    Waiting,
}
