//! What do the handlers share, and how do they ask the engine?

use std::num::NonZero;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use roost_engine::{Language, Reader, StoreError, Typos};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::error::ApiError;
use crate::health::Health;
use crate::internal::InternalRoutes;
use crate::metrics::Metrics;
use crate::profiles::Profiles;

/// Searches that wait longer than this for their turn, or past their deadline, are turned away, so
/// that a crowd does not make everyone slow.
const TURN_WAIT_MAX: Duration = Duration::from_secs(1);

/// What the API stands on.
#[derive(Clone)]
pub struct ApiState {
    /// The index.
    pub reader: Reader,
    /// The profiles that searches may name.
    pub profiles: Profiles,
    /// How many typos words may have in a search that does not say itself.
    pub typos: Typos,
    /// Where so many documents hold every word of a search, the words are all required unless it says
    /// otherwise itself.
    pub relax_below: u64,
    /// Synonyms and stop words of searches, as they are now.
    pub language: watch::Receiver<Arc<Language>>,
    /// How long a search may take that does not say itself.
    pub search_timeout: Duration,
    /// How the index stands to its source.
    pub health: Arc<dyn Health>,
    /// Access to the routes for other commands of the same node.
    pub internal: InternalRoutes,
}

#[derive(Clone)]
pub(crate) struct App {
    state: Arc<ApiState>,
    turns: Arc<Semaphore>,
    metrics: Metrics,
}

impl App {
    pub(crate) fn new(state: ApiState) -> App {
        // A search keeps one core busy, so more at once than cores only helps while some wait
        // for the disk.
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        App {
            state: Arc::new(state),
            turns: Arc::new(Semaphore::new(2 * cores)),
            metrics: Metrics::new(),
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

    /// When a request that came in at `started` has to be answered, unless it says so itself.
    pub(crate) fn deadline(&self, started: Instant) -> Instant {
        started + self.state.search_timeout
    }

    pub(crate) fn health(&self) -> &dyn Health {
        self.state.health.as_ref()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.state.reader
    }

    /// Runs a question to the engine on a blocking thread, once it is ready and there is a turn. All
    /// that it looks at is of one moment and one index. An answer that could only begin past the deadline is refused: an empty one would look like none.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        deadline: Instant,
        question: impl FnOnce(&Reader) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = self.turn(deadline).await?;
        let reader = self.state.reader.clone();
        let span = tracing::Span::current();
        let task = tokio::task::spawn_blocking(move || {
            // The turn ends with the search, also when nobody waits for its answer any more.
            let _turn = turn;
            span.in_scope(|| question(&reader.pinned()))
        });
        task.await.map_err(ApiError::internal)?
    }

    /// The same on this thread: for a question that takes less time than the way to another thread
    /// and back, which is a quarter of what an ordinary search costs.
    pub(crate) async fn ask_here<T>(
        &self,
        deadline: Instant,
        question: impl FnOnce(&Reader) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let _turn = self.turn(deadline).await?;
        question(&self.state.reader.pinned())
    }

    async fn turn(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, ApiError> {
        self.health().report().require_ready()?;
        let wait_max = TURN_WAIT_MAX.min(deadline.saturating_duration_since(Instant::now()));
        let turn = tokio::time::timeout(wait_max, Arc::clone(&self.turns).acquire_owned());
        turn.await
            .map_err(|_| ApiError::overloaded())?
            .map_err(ApiError::internal)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        ApiError::internal(error)
    }
}

/// Seconds since 1970.
pub(crate) fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{HealthReport, Phase};
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use roost_engine::{Position, Store, StoreOptions};
    use std::pin::Pin;

    struct Ready;

    impl crate::MemoryStateSource for Ready {
        fn fetch(&self) -> crate::MemoryStateFuture<'_> {
            Box::pin(std::future::pending())
        }
    }

    impl Health for Ready {
        fn report(&self) -> HealthReport {
            HealthReport {
                phase: Phase::Following,
                ready: true,
                reason: None,
                lag_bytes: None,
                dead_letters: 0,
                rebuild: None,
            }
        }

        fn stream(&self) -> crate::StreamReport {
            crate::StreamReport::default()
        }

        fn reached(&self, _: Position) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
            Box::pin(std::future::ready(()))
        }
    }

    #[tokio::test]
    async fn a_search_that_gets_no_turn_in_time_is_turned_away_and_the_next_one_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let (_writer, reader) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
        let app = App::new(ApiState {
            reader,
            profiles: Profiles::default(),
            typos: Typos::default(),
            relax_below: 20,
            language: watch::channel(Arc::new(Language::new(90))).1,
            search_timeout: Duration::from_millis(20),
            health: Arc::new(Ready),
            internal: InternalRoutes::new(crate::Token::random(), Arc::new(Ready)),
        });
        let all = u32::try_from(app.turns.available_permits()).unwrap();
        let taken = Arc::clone(&app.turns)
            .acquire_many_owned(all)
            .await
            .unwrap();
        let deadline = app.deadline(Instant::now());
        let refused = app.ask(deadline, |_| Ok(7)).await.unwrap_err();
        let response = refused.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "1");
        drop(taken);
        // A free turn is given even so late.
        assert_eq!(app.ask(deadline, |_| Ok(7)).await.unwrap(), 7);
    }
}
