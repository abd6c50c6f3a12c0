//! The shared state of the handlers, and the permits that limit concurrent searches.

use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, Instant};

use roost_engine::{Language, Position, Reader, Typos};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{timeout, timeout_at};

use super::metrics::RequestMetrics;
use super::profiles::Profiles;
use crate::http::error::ApiError;
use crate::http::freshness::Index;
use crate::internal::InternalRoutes;
use crate::source::{Health, HealthReport, Phase};

/// A search that gets no permit within this time, or before its deadline, is rejected, so that
/// overload does not slow down every search.
const PERMIT_WAIT_MAX: Duration = Duration::from_secs(1);

/// What the API needs to answer requests.
#[derive(Clone)]
pub struct ApiState {
    /// The index.
    pub reader: Reader,
    /// The profiles that a search can name.
    pub profiles: Profiles,
    /// The typo tolerance of a search that does not set its own.
    pub typos: Typos,
    /// A search with `match=most` requires every term when at least this many documents match all
    /// of them.
    pub relax_below: u64,
    /// The current synonyms and stop words.
    pub language: watch::Receiver<Arc<Language>>,
    /// The deadline of a search that does not set its own.
    pub search_timeout: Duration,
    /// The state of the follower.
    pub health: Arc<dyn Health>,
    /// Access to the routes for other commands of the same node.
    pub internal: InternalRoutes,
}

#[derive(Clone)]
pub(crate) struct App {
    state: Arc<ApiState>,
    permits: Arc<Semaphore>,
    metrics: RequestMetrics,
    openapi_json: Arc<String>,
}

impl App {
    /// `openapi_json` is the serialized OpenAPI document of the routes.
    pub(crate) fn new(state: ApiState, openapi_json: String) -> App {
        // A search keeps one core busy. More searches than cores only help while some of them wait
        // for the disk.
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        App {
            state: Arc::new(state),
            permits: Arc::new(Semaphore::new(2 * cores)),
            metrics: RequestMetrics::new(),
            openapi_json: Arc::new(openapi_json),
        }
    }

    pub(crate) fn profiles(&self) -> &Profiles {
        &self.state.profiles
    }

    pub(crate) fn typos(&self) -> Typos {
        self.state.typos
    }

    pub(crate) fn relax_below(&self) -> u64 {
        self.state.relax_below
    }

    pub(crate) fn language(&self) -> Arc<Language> {
        Arc::clone(&self.state.language.borrow())
    }

    /// The default deadline of a request that arrived at `started`.
    pub(crate) fn deadline(&self, started: Instant) -> Instant {
        started + self.state.search_timeout
    }

    pub(crate) fn health(&self) -> &dyn Health {
        self.state.health.as_ref()
    }

    pub(crate) fn metrics(&self) -> &RequestMetrics {
        &self.metrics
    }

    pub(crate) fn openapi_json(&self) -> &str {
        &self.openapi_json
    }

    /// The live reader. Searches use the pinned one that [`run`](App::run) passes on.
    pub(crate) fn reader(&self) -> &Reader {
        &self.state.reader
    }

    /// The state of the follower, or 503 `not_ready` before the initial copy is complete.
    pub(crate) fn require_ready(&self) -> Result<HealthReport, ApiError> {
        let report = self.health().report();
        if report.ready {
            return Ok(report);
        }
        let reason = report.reason.as_deref();
        Err(ApiError::not_ready(reason.unwrap_or(match report.phase {
            Phase::Starting => "the node is starting",
            Phase::Copying => "the initial copy is running",
            Phase::Following => "the initial copy is catching up",
            Phase::Waiting => "the database is unreachable",
        })))
    }

    /// Waits until the index reflects every change up to a position. This takes no search permit.
    pub(crate) async fn wait_for(
        &self,
        at_least: Option<Position>,
        deadline: Instant,
    ) -> Result<(), ApiError> {
        let Some(position) = at_least else {
            return Ok(());
        };
        self.require_ready()?;
        let reached = timeout_at(deadline.into(), self.health().reached(position)).await;
        reached.map_err(|_| {
            let index = Index::now(self.reader());
            let (documents, signals) = (index.position, index.signals_position);
            ApiError::behind(format!(
                "the index has not reached {position} yet: documents are at {documents}, signals at \
                 {signals}"
            ))
            .with_field("at_least", &position.to_string())
        })
    }

    /// Runs a search on a blocking thread once it has a permit. The reader that it gets is pinned,
    /// so that everything it reads belongs to one snapshot. A search without a permit at its
    /// deadline is rejected, because an empty partial result would look like no matches.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        deadline: Instant,
        search: impl FnOnce(&Reader) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let permit = self.permit(deadline).await?;
        let reader = self.state.reader.clone();
        let span = tracing::Span::current();
        let task = tokio::task::spawn_blocking(move || {
            // The permit is released when the search ends, even if the client has disconnected.
            let _permit = permit;
            span.in_scope(|| search(&reader.pinned()))
        });
        task.await.map_err(ApiError::internal)?
    }

    /// The same on the current thread, for a search that is quicker than moving to another thread
    /// and back, which costs a quarter of an ordinary search.
    pub(crate) async fn run_inline<T>(
        &self,
        deadline: Instant,
        search: impl FnOnce(&Reader) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let _permit = self.permit(deadline).await?;
        search(&self.state.reader.pinned())
    }

    async fn permit(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, ApiError> {
        self.require_ready()?;
        let wait_max = PERMIT_WAIT_MAX.min(deadline.saturating_duration_since(Instant::now()));
        let permit = timeout(wait_max, Arc::clone(&self.permits).acquire_owned());
        permit
            .await
            .map_err(|_| ApiError::overloaded())?
            .map_err(ApiError::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use roost_engine::{Store, StoreOptions};

    #[tokio::test]
    async fn a_search_without_a_permit_in_time_is_rejected_and_the_next_one_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let (_writer, reader) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
        let state = ApiState {
            search_timeout: Duration::from_millis(20),
            ..testing::state(reader)
        };
        let app = App::new(state, String::new());
        let all = u32::try_from(app.permits.available_permits()).unwrap();
        let taken = Arc::clone(&app.permits)
            .acquire_many_owned(all)
            .await
            .unwrap();
        let deadline = app.deadline(Instant::now());
        let error = app.run(deadline, |_| Ok(7)).await.unwrap_err();
        let response = error.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "1");
        drop(taken);
        // A free permit is granted even after the deadline.
        assert_eq!(app.run(deadline, |_| Ok(7)).await.unwrap(), 7);
    }
}
