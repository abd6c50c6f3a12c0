//! Is the service alive, and may it be sent searches?

use std::pin::Pin;

use axum::Json;
use axum::extract::State;
use roost_engine::Position;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::envelope::{Answer, Index, Nothing, Refused};
use crate::error::ApiError;
use crate::rebuild::RebuildReport;
use crate::stream::StreamReport;

/// Tells how the index stands to its source.
pub trait Health: Send + Sync {
    /// How it stands now. Called with every request, so it must be quick.
    fn report(&self) -> HealthReport;

    /// How far the stream of changes has come.
    fn stream(&self) -> StreamReport;

    /// Waits until documents and signals show every change up to a position of the source.
    fn reached(&self, position: Position) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// How the index stands to its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthReport {
    /// What the follower does.
    pub phase: Phase,
    /// Whether there is an index to search: the first copy is done.
    pub ready: bool,
    /// In a person's words, why it is not ready, or why it is degraded although ready; `None`
    /// when all is well.
    pub reason: Option<String>,
    /// How many bytes of the change stream are still to come; `None` if unknown.
    pub lag_bytes: Option<u64>,
    /// How many rows of the source are left out, as the index cannot take them.
    pub dead_letters: u64,
    /// What a new index is at that is made; `None` if none was.
    pub rebuild: Option<RebuildReport>,
}

/// What the follower does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing yet.
    Starting,
    /// The first copy.
    Copying,
    /// Following the stream of changes.
    Following,
    /// Waiting for the source to come back.
    Waiting,
}

/// What a process that answers says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Liveness {
    #[schema(example = "live")]
    status: &'static str,
}

/// What a process that may be sent searches says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    status: ReadyStatus,
    phase: Phase,
    /// Why it is degraded.
    #[schema(example = "the source has been unreachable for 12 s")]
    reason: Option<String>,
    /// How many bytes of the change stream are still to come; null if unknown.
    lag_bytes: Option<u64>,
    /// How many rows of the source no search finds, as they cannot be converted.
    #[schema(example = 0)]
    dead_letters: u64,
    /// The new index that is made, or was made last; null if none was since the start.
    rebuild: Option<RebuildReport>,
    index: Index,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReadyStatus {
    /// All is well.
    Ready,
    /// Searches are answered, but may be out of date.
    Degraded,
}

impl HealthReport {
    pub(crate) fn require_ready(&self) -> Result<(), ApiError> {
        if self.ready {
            return Ok(());
        }
        let reason = self.reason.as_deref();
        Err(ApiError::not_ready(reason.unwrap_or(match self.phase {
            Phase::Starting => "the service is starting",
            Phase::Copying => "the first copy is being made",
            Phase::Following => "the first copy is being caught up",
            Phase::Waiting => "the source is unreachable",
        })))
    }
}

/// Is the process alive?
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "get_liveness",
    tag = "health",
    responses((status = 200, description = "It is.", body = Answer<Liveness, Nothing>))
)]
pub(crate) async fn live() -> Json<Answer<Liveness, Nothing>> {
    Answer::json(Liveness { status: "live" }, Nothing)
}

/// May searches be sent here?
///
/// Only once the first copy is done. When the source is out of reach after that, searches go on
/// over what there is, and this tells `degraded` and why.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "get_readiness",
    tag = "health",
    responses(
        (status = 200, description = "They may.", body = Answer<Readiness, Nothing>),
        (status = 503, description = "Not yet: `not_ready`, and why.", body = Refused),
    )
)]
pub(crate) async fn ready(
    State(app): State<App>,
) -> Result<Json<Answer<Readiness, Nothing>>, ApiError> {
    let report = app.health().report();
    report.require_ready()?;
    let readiness = Readiness {
        status: match report.reason {
            None => ReadyStatus::Ready,
            Some(_) => ReadyStatus::Degraded,
        },
        phase: report.phase,
        reason: report.reason,
        lag_bytes: report.lag_bytes,
        dead_letters: report.dead_letters,
        rebuild: report.rebuild,
        index: Index::now(app.reader()),
    };
    Ok(Answer::json(readiness, Nothing))
}
