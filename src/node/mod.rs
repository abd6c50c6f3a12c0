//! One running node: the follower and the HTTP API over one engine.

mod descriptors;
mod health;
mod index;
pub(crate) mod language;
pub(crate) mod market;
mod memory_state;
mod node_file;
mod rebuild;
mod request_file;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use roost_api::{ApiState, IndexRanker, InternalRoutes, Profiles, ServerOptions, Token};
use roost_engine::{Language, Reader};
use roost_indexer::{Follower, Status};
use roost_market::pool::matches::Ranker;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, crash_at};
use health::NodeHealth;
use memory_state::NodeMemoryState;
use node_file::NodeFile;

pub(crate) use memory_state::fetch_from_node;
pub(crate) use rebuild::request as request_rebuild;

/// How long open requests may run on after the node starts to stop.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// How long the jobs may run on after the node has stopped otherwise.
const JOBS_STOP_MAX: Duration = Duration::from_secs(8);

/// Binds the address of the API.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("listen is {address}: expected an address of this machine that is free")
    })
}

/// A running node.
pub(crate) struct Node {
    /// The progress of the follower.
    pub(crate) status: Status,
    /// The reader that searches use.
    pub(crate) reader: Reader,
    shutdown: CancellationToken,
    follower: JoinHandle<anyhow::Result<()>>,
    api: JoinHandle<anyhow::Result<()>>,
    node_file: JoinHandle<()>,
    jobs: JoinHandle<()>,
}

impl Node {
    /// Starts follower and API. Both end when `shutdown` is cancelled; if one fails, it cancels
    /// `shutdown`.
    pub(crate) async fn start(
        config: &Config,
        database_url: &str,
        listener: TcpListener,
        language: watch::Receiver<Arc<Language>>,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        if let Some(at) = crash_at() {
            roost_engine::arm_crash_point(&at);
        }
        let (writer, reader) = index::open(config).await?;
        for declared in &config.collections {
            let declaration = declared.declaration;
            if let Some(profile) = config.collection_profiles.get(declaration.name) {
                tracing::info!(
                    collection = declaration.name,
                    table = declaration.table,
                    profile = profile.name(),
                    "a collection of the configuration"
                );
            }
        }
        let follower = Follower::new(config.follow(database_url)?, writer);
        let status = follower.status();
        let token = Token::random();
        let memory_state = NodeMemoryState(follower.memory_state());
        let health = Arc::new(NodeHealth(status.clone()));
        let ranker = IndexRanker::new(reader.clone(), health.clone())
            .context("cannot start the threads that match requests")?;
        let matching = (Arc::new(ranker) as Arc<dyn Ranker>, status.clone());
        let events = follower.events();
        let (market, jobs) = market::start(config, database_url, &events, matching, &shutdown)?;
        let state = ApiState {
            reader: reader.clone(),
            collections: config.collections.clone().into(),
            default_profiles: config.collection_profiles.clone(),
            profiles: Profiles::new(config.profiles.clone()),
            typos: config.typos,
            relax_below: config.relax_below,
            language,
            search_timeout: config.search_timeout,
            health,
            anonymous: config.anonymous,
            market,
            cors_origins: config.cors_origins.clone(),
            internal: InternalRoutes::new(token.clone(), Arc::new(memory_state)),
        };
        let (data_dir, rebuilds) = (config.data_dir.clone(), follower.rebuilds());
        let address = listener.local_addr()?;
        let server_options = server_options(config);
        let node_file = NodeFile::new(address, &token).keep(data_dir.clone(), shutdown.clone());
        let node_file = tokio::spawn(node_file);
        let ends = shutdown.clone();
        tokio::spawn(async move { rebuild::watch(&data_dir, &rebuilds, ends).await });
        tracing::info!(%address, "the API listens");
        let serving = roost_api::serve(listener, state, server_options, shutdown.clone());
        let api = spawn(&shutdown, async {
            serving.await;
            Ok(())
        });
        let following = follower.run(shutdown.clone());
        let follower = spawn(&shutdown, async {
            following.await.context("the follower failed")
        });
        Ok(Self {
            status,
            reader,
            shutdown,
            follower,
            api,
            node_file,
            jobs,
        })
    }

    /// Waits until both have ended. Open requests have a limited time to finish.
    pub(crate) async fn wait(self) -> anyhow::Result<()> {
        self.shutdown.cancelled().await;
        tracing::info!("stopping");
        let stop_api = self.api.abort_handle();
        let drained = tokio::time::timeout(DRAIN_MAX, self.api).await;
        let api = drained.unwrap_or_else(|_| {
            stop_api.abort();
            tracing::warn!(limit_s = DRAIN_MAX.as_secs(), "open requests were aborted");
            Ok(Ok(()))
        });
        self.node_file
            .await
            .context("the task of node.json panicked")?;
        // Without the last commit of the follower the next start would repeat its work.
        self.follower.await.context("the follower panicked")??;
        if tokio::time::timeout(JOBS_STOP_MAX, self.jobs)
            .await
            .is_err()
        {
            tracing::warn!("jobs that run were left to other nodes");
        }
        api.context("the API panicked")??;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Runs the follower or the API; when it ends, in whatever way, the other ends too.
fn spawn(
    shutdown: &CancellationToken,
    task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
) -> JoinHandle<anyhow::Result<()>> {
    // A guard, because a panic must end the node too.
    let guard = shutdown.clone().drop_guard();
    tokio::spawn(async move {
        let _guard = guard;
        task.await
    })
}

/// The options of the HTTP server, within the descriptors that the system allows.
fn server_options(config: &Config) -> ServerOptions {
    let descriptors = descriptors::raise_limit();
    let options = config.server(descriptors);
    if let Some(connections_max) = config.connections_max
        && connections_max > options.connections_max
    {
        tracing::warn!(
            connections_max,
            descriptors,
            "connections_max is more than the limit of descriptors allows"
        );
    }
    tracing::info!(
        descriptors,
        connections_max = options.connections_max,
        connections_per_address_max = options.connections_per_address_max,
        "limits of connections"
    );
    options
}
