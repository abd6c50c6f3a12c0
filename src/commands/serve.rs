//! How does one node run: the follower and the API over one engine?

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use roost_api::{ApiState, Profiles};
use roost_engine::{Collection, Language, Reader, Store, StoreOptions};
use roost_indexer::{FollowConfig, Follower, NatsConfig, Status};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, crash_at};
use crate::health::NodeHealth;
use crate::held;
use crate::language;
use crate::reindex;
use crate::shutdown;

/// How long open requests may take to end after the node was asked to stop.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// Runs `roost serve`.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    let database_url = config.database_url()?;
    let shutdown = shutdown::on_signal()?;
    let listener = listen(config.listen).await?;
    let (language, told) = watch::channel(Arc::new(language::read(config)?));
    language::read_on_hangup(config, language)?;
    Node::start(config, database_url, listener, told, shutdown)
        .await?
        .wait()
        .await
}

/// Takes the address of the API.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("listen is {address}: expected an address of this machine that is free")
    })
}

/// A running node.
pub(crate) struct Node {
    /// How far the follower is.
    pub(crate) status: Status,
    /// What searches see.
    pub(crate) reader: Reader,
    shutdown: CancellationToken,
    follower: JoinHandle<anyhow::Result<()>>,
    api: JoinHandle<anyhow::Result<()>>,
}

impl Node {
    /// Starts both halves. They end when `shutdown` is cancelled, and cancel it when one fails.
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
        let data_dir = config.data_dir.clone();
        // Opening reads and checks the whole index.
        let opened = tokio::task::spawn_blocking(move || {
            std::fs::create_dir_all(&data_dir)
                .with_context(|| format!("cannot create data_dir {}", data_dir.display()))?;
            Store::open_or_reset(&data_dir, &StoreOptions::default()).with_context(|| {
                format!("cannot open the index in data_dir {}", data_dir.display())
            })
        });
        let (writer, reader, reset) = opened.await.context("opening the index failed")??;
        if let Some(reason) = reset {
            tracing::warn!(
                data_dir = %config.data_dir.display(),
                reason = format!("{:#}", anyhow::Error::new(reason)),
                "the index could not be read and is rebuilt from Postgres"
            );
        }
        tracing::info!(
            data_dir = %config.data_dir.display(),
            rooms = reader.document_count(Collection::Rooms),
            venues = reader.document_count(Collection::Venues),
            version = env!("CARGO_PKG_VERSION"),
            "opened the index"
        );
        let follower = Follower::new(follow_config(config, database_url)?, writer);
        let status = follower.status();
        let state = ApiState {
            reader: reader.clone(),
            profiles: Profiles::new(config.profiles.clone()),
            typos: config.typos,
            match_enough: config.match_enough,
            language,
            search_timeout: config.search_timeout,
            health: Arc::new(NodeHealth(status.clone())),
        };
        let (data_dir, rebuilds) = (config.data_dir.clone(), follower.rebuilds());
        let (ends, told_in, memory) = (shutdown.clone(), data_dir.clone(), follower.memory_state());
        tokio::spawn(async move { held::tell(&told_in, &memory, ends).await });
        let ends = shutdown.clone();
        tokio::spawn(async move { reindex::watch(&data_dir, &rebuilds, ends).await });
        tracing::info!(address = %listener.local_addr()?, "the API listens");
        let serving = roost_api::serve(listener, state, shutdown.clone());
        let api = spawn(&shutdown, async {
            serving.await.context("the API cannot go on")
        });
        let following = follower.run(shutdown.clone());
        let follower = spawn(&shutdown, async {
            following.await.context("the follower cannot go on")
        });
        Ok(Self {
            status,
            reader,
            shutdown,
            follower,
            api,
        })
    }

    /// Waits until both halves have ended; open requests are given a limited time.
    pub(crate) async fn wait(self) -> anyhow::Result<()> {
        self.shutdown.cancelled().await;
        tracing::info!("stopping");
        let stop_api = self.api.abort_handle();
        let drained = tokio::time::timeout(DRAIN_MAX, self.api).await;
        let api = drained.unwrap_or_else(|_| {
            stop_api.abort();
            tracing::warn!(limit_s = DRAIN_MAX.as_secs(), "open requests were cut off");
            Ok(Ok(()))
        });
        // The follower's last commit is worth waiting for: without it the next start repeats work.
        self.follower.await.context("the follower broke off")??;
        api.context("the API broke off")??;
        tracing::info!("stopped");
        Ok(())
    }
}

/// What the follower is told. Its own checks agree with those of the configuration.
pub(crate) fn follow_config(config: &Config, database_url: &str) -> anyhow::Result<FollowConfig> {
    Ok(FollowConfig {
        database: database_url.parse()?,
        slot: config.slot.parse()?,
        publication: config.publication.parse()?,
        commit_interval: config.commit_interval,
        commit_changes_max: config.commit_changes_max,
        silence_max: config.silence_max,
        dead_letters_max: config.dead_letters_max,
        nats: nats_config(config)?,
    })
}

/// The stream that brings the changes, if one does.
pub(crate) fn nats_config(config: &Config) -> anyhow::Result<Option<NatsConfig>> {
    let Some(url) = &config.nats_url else {
        return Ok(None);
    };
    Ok(Some(NatsConfig {
        url: url.parse()?,
        stream: config.nats_stream.parse()?,
        ca_file: config.nats_ca_file.clone(),
    }))
}

/// Runs one half of the node; whichever way it ends, the other half ends too.
fn spawn(
    shutdown: &CancellationToken,
    half: impl Future<Output = anyhow::Result<()>> + Send + 'static,
) -> JoinHandle<anyhow::Result<()>> {
    // A guard, since a panic has to end the node as well.
    let guard = shutdown.clone().drop_guard();
    tokio::spawn(async move {
        let _guard = guard;
        half.await
    })
}
