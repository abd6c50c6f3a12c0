//! The shared state of the handlers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use roost_collections::Declared;
use roost_engine::{Collection, Language, Position, Profile, Reader, Typos};
use tokio::sync::watch;
use tokio::time::timeout_at;

use super::market::{Market, MarketRoutes};
use super::metrics::RequestMetrics;
use super::profiles::Profiles;
use crate::admission::{Admission, Limit, Outcome, Ticket};
use crate::app::internal::InternalRoutes;
use crate::app::source::{Health, HealthReport, Phase};
use crate::http::error::ApiError;
use crate::http::freshness::Index;
use crate::http::origins::Origins;

/// What the API needs to answer requests.
#[derive(Clone)]
pub struct ApiState {
    /// The index.
    pub reader: Reader,
    /// The collections of the index, each with its declaration.
    pub collections: Arc<[Declared]>,
    /// The profile of a search that names none, by the name of a collection that the configuration
    /// declares.
    pub default_profiles: BTreeMap<&'static str, Profile>,
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
    /// What anonymous callers may read.
    pub anonymous: AnonymousAccess,
    /// What the routes of actions need.
    pub market: Market,
    /// The web origins whose pages may call the API.
    pub cors_origins: Origins,
    /// Access to the routes for other commands of the same node.
    pub internal: InternalRoutes,
}

/// What callers may read who do not say who they are. Health checks are always open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnonymousAccess {
    /// Everything that searches find.
    pub search: bool,
    /// The metrics of the node.
    pub metrics: bool,
}

/// What all requests share. It is cloned several times for each, so a clone counts one reference.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

struct Shared {
    state: ApiState,
    admission: Admission,
    market: MarketRoutes,
    metrics: RequestMetrics,
    openapi_json: String,
}

impl App {
    /// `openapi_json` is the serialized OpenAPI document of the routes.
    pub(crate) fn new(state: ApiState, openapi_json: String) -> App {
        let metrics = RequestMetrics::new();
        App(Arc::new(Shared {
            market: MarketRoutes::new(state.market.clone()),
            state,
            admission: Admission::new(metrics.server().rejected.clone()),
            metrics,
            openapi_json,
        }))
    }

    /// All collections of the index.
    pub(crate) fn collections(&self) -> impl Iterator<Item = Collection> {
        let declared = self.0.state.collections.iter();
        declared.map(|declared| declared.collection)
    }

    pub(crate) fn profiles(&self) -> &Profiles {
        &self.0.state.profiles
    }

    pub(crate) fn typos(&self) -> Typos {
        self.0.state.typos
    }

    pub(crate) fn relax_below(&self) -> u64 {
        self.0.state.relax_below
    }

    pub(crate) fn language(&self) -> Arc<Language> {
        Arc::clone(&self.0.state.language.borrow())
    }

    /// The default deadline of a request that arrived at `started`.
    pub(crate) fn deadline(&self, started: Instant) -> Instant {
        started + self.0.state.search_timeout
    }

    pub(crate) fn health(&self) -> &dyn Health {
        self.0.state.health.as_ref()
    }

    pub(crate) fn metrics(&self) -> &RequestMetrics {
        &self.0.metrics
    }

    pub(crate) fn admission(&self) -> &Admission {
        &self.0.admission
    }

    pub(crate) fn anonymous(&self) -> AnonymousAccess {
        self.0.state.anonymous
    }

    pub(crate) fn market(&self) -> &MarketRoutes {
        &self.0.market
    }

    pub(crate) fn cors_origins(&self) -> &Origins {
        &self.0.state.cors_origins
    }

    pub(crate) fn openapi_json(&self) -> &str {
        &self.0.openapi_json
    }

    /// The live reader. Searches use the pinned one that [`run`](App::run) passes on.
    pub(crate) fn reader(&self) -> &Reader {
        &self.0.state.reader
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

    /// Waits until the index reflects every change up to a position. It takes no thread.
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

    /// Runs a search when admission lets it, over a pinned reader, so that everything it reads
    /// belongs to one snapshot. A search that has not started by its deadline is rejected, because
    /// an empty partial result would look like no matches.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        ticket: Ticket,
        search: impl Fn(&Reader, Limit) -> Result<Outcome<T>, ApiError> + Send + Sync + 'static,
    ) -> Result<T, ApiError> {
        self.run_over(self.reader(), ticket, search).await
    }

    /// The same over the snapshots of this reader.
    pub(crate) async fn run_over<T: Send + 'static>(
        &self,
        reader: &Reader,
        ticket: Ticket,
        search: impl Fn(&Reader, Limit) -> Result<Outcome<T>, ApiError> + Send + Sync + 'static,
    ) -> Result<T, ApiError> {
        self.require_ready()?;
        self.0.admission.run(ticket, reader, search).await
    }
}
