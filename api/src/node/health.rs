//! Liveness and readiness.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::source::{Phase, RebuildReport};
use crate::app::state::App;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::freshness::Index;

/// The answer of a live process.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Liveness {
    #[schema(example = "live")]
    status: &'static str,
}

/// The answer of a node that accepts searches.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    status: ReadyStatus,
    phase: Phase,
    /// Why the node is degraded.
    #[schema(example = "the source has been unreachable for 12 s")]
    reason: Option<String>,
    /// WAL bytes that are not applied yet; null if unknown.
    lag_bytes: Option<u64>,
    /// Rows that could not be converted and are not searchable.
    #[schema(example = 0)]
    dead_letters: u64,
    /// The running or last rebuild; null if there was none since the node started.
    rebuild: Option<RebuildReport>,
    index: Index,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReadyStatus {
    /// All is well.
    Ready,
    /// Searches are answered but may be out of date.
    Degraded,
}

/// Check whether the process is alive.
#[utoipa::path(
    get,
    path = "/health/live",
    operation_id = "get_liveness",
    tag = "health",
    responses((status = 200, description = "The process is alive.", body = Answer<Liveness, NoMeta>))
)]
pub(crate) async fn live() -> Json<Answer<Liveness, NoMeta>> {
    Answer::json(Liveness { status: "live" }, NoMeta)
}

/// Check whether the node accepts searches.
///
/// A node is ready once the initial copy is complete. If the database becomes unreachable later,
/// searches continue over the current index, and the status is `degraded` with a reason.
#[utoipa::path(
    get,
    path = "/health/ready",
    operation_id = "get_readiness",
    tag = "health",
    responses(
        (status = 200, description = "The node accepts searches.", body = Answer<Readiness, NoMeta>),
        (status = 503, description = "Not yet: `not_ready`, with a reason.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn ready(
    State(app): State<App>,
) -> Result<Json<Answer<Readiness, NoMeta>>, ApiError> {
    let report = app.require_ready()?;
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
    Ok(Answer::json(readiness, NoMeta))
}
