//! `roost demo`: shows all of Roost on a fresh machine with one command.

mod accounts;
mod examples;

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use roost_collections::{rooms, venues};
use roost_indexer::{Phase, Progress as FollowProgress, Status};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::accounts::Accounts;
use super::import::{ShippedFlags, connect_for_import};
use super::migrate;
use crate::config::{AllKeys, Config, Flags, KeyFlags, without_password};
use crate::import::{self, Progress as _};
use crate::node::{self, Node, language};
use crate::postgres::{self, Cluster, Durability};
use crate::shutdown;
use crate::startup::configure;
use crate::terminal::progress::ProgressDisplay;

/// Locked while a demo runs, so that a second one does not stop the cluster of the first.
const LOCK_FILE: &str = ".roost/demo.lock";

/// The flags of `roost demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoFlags {
    #[command(flatten)]
    config: KeyFlags<AllKeys>,
    #[command(flatten)]
    shipped: ShippedFlags,
}

/// Runs `roost demo`.
pub(crate) async fn run(demo: DemoFlags) -> anyhow::Result<()> {
    let mut flags = Flags::from(demo.config);
    // The demo prints its steps, so the log only needs to show problems.
    flags.defaults.push(("log", "warn,sqlx=error"));
    let config = configure(flags)?;
    let shutdown = shutdown::on_signal_or_hangup()?;
    // Bound first: a port in use should show now, not after a minute of loading.
    let listener = node::listen(config.listen).await?;
    let _lock = lock()?;
    let demo = Demo {
        config,
        shutdown,
        shipped: demo.shipped,
    };
    match demo.config.database_url.clone() {
        Some(database_url) => {
            postgres::check(&database_url).await?;
            let shown_url = without_password(&database_url);
            say!("Using the configured database {shown_url}.");
            demo.run(&database_url, listener).await
        }
        None => demo.run_over_private_cluster(listener).await,
    }
}

struct Demo {
    config: Config,
    shutdown: CancellationToken,
    shipped: ShippedFlags,
}

impl Demo {
    async fn run_over_private_cluster(&self, listener: TcpListener) -> anyhow::Result<()> {
        let folder = Path::new(Cluster::DEFAULT_FOLDER);
        let step = Step::start();
        let result = match Cluster::start(folder, Durability::Full).await {
            // Ctrl-C also ends the programs of Postgres; their errors mean nothing then.
            Err(_) if self.shutdown.is_cancelled() => return Ok(()),
            Err(error) => return Err(error),
            Ok(cluster) => {
                step.done(&format!("A private Postgres runs in {}", folder.display()));
                self.run(&cluster.url(), listener).await
            }
        };
        let step = Step::start();
        Cluster::stop(folder)?;
        step.done("The private Postgres is stopped");
        result
    }

    async fn run(&self, database_url: &str, listener: TcpListener) -> anyhow::Result<()> {
        let Some(prepared) = self
            .shutdown
            .run_until_cancelled(self.prepare(database_url))
            .await
        else {
            say!("Stopping.");
            return Ok(());
        };
        let (pool, accounts) = prepared?;
        let address = listener.local_addr()?;
        let (_, language) = watch::channel(Arc::new(language::read(&self.config)?));
        let shutdown = self.shutdown.clone();
        let node = Node::start(&self.config, database_url, listener, language, shutdown).await?;
        let presented = self
            .shutdown
            .run_until_cancelled(present(&node, &pool, address, &accounts))
            .await;
        // Otherwise stopping the cluster would cut off the connections of the pool.
        pool.close().await;
        if let Some(Err(error)) = presented {
            self.shutdown.cancel();
            node.wait().await?;
            return Err(error);
        }
        self.shutdown.cancelled().await;
        say!("Stopping.");
        node.wait().await
    }

    /// Migrates the database, loads the shipped dataset and creates the users.
    async fn prepare(&self, database_url: &str) -> anyhow::Result<(PgPool, Accounts)> {
        let step = Step::start();
        migrate::migrate(database_url).await?;
        step.done("The tables have this version's schema");
        let pool = connect_for_import(database_url).await?;
        let step = Step::start();
        let progress = ProgressDisplay::default();
        let report = import::load_shipped(&pool, self.shipped.options(), &progress).await?;
        let report = report.to_string();
        step.done(&report.lines().collect::<Vec<_>>().join("; "));
        let step = Step::start();
        let accounts = Accounts::create(&self.config, &pool).await?;
        step.done(&format!("{} users are created", accounts.created()));
        Ok((pool, accounts))
    }
}

/// Waits for the initial copy, then prints who can sign in, and requests to try.
async fn present(
    node: &Node,
    pool: &PgPool,
    address: SocketAddr,
    accounts: &Accounts,
) -> anyhow::Result<()> {
    let step = Step::start();
    wait_until_ready(&node.status).await?;
    let (rooms, venues) = (
        node.reader.document_count(rooms::collection()),
        node.reader.document_count(venues::collection()),
    );
    step.done(&format!("{rooms} rooms and {venues} venues are indexed"));
    accounts.print();
    examples::print(pool, address, accounts).await?;
    say!("Ctrl-C stops everything. All data is kept: the next start takes seconds.");
    Ok(())
}

/// Waits until the node is ready, and shows the progress of the initial copy if there is one.
async fn wait_until_ready(status: &Status) -> anyhow::Result<()> {
    let display = ProgressDisplay::default();
    let mut shown = None;
    loop {
        let progress = status
            .wait_until(|progress| has_changed(progress, &shown))
            .await;
        match progress.phase {
            _ if progress.is_ready => break,
            Phase::Copying { table, rows, total } => {
                if shown.as_ref().is_none_or(|(shown, _)| *shown != table) {
                    display.start(&format!("Indexing {table}"), Some(total));
                    shown = Some((table, 0));
                }
                if let Some((_, shown)) = &mut shown {
                    display.advance(rows.saturating_sub(*shown));
                    *shown = rows;
                }
            }
            Phase::Stopped => bail!("the follower has ended"),
            Phase::Connecting { .. } | Phase::Streaming => {}
        }
    }
    if shown.is_some() {
        display.finish();
    }
    Ok(())
}

/// Whether the progress differs from what is shown, a table and its copied rows.
fn has_changed(progress: &FollowProgress, shown: &Option<(&'static str, u64)>) -> bool {
    match &progress.phase {
        Phase::Copying { table, rows, .. } => *shown != Some((*table, *rows)),
        Phase::Stopped => true,
        Phase::Connecting { .. } | Phase::Streaming => progress.is_ready,
    }
}

fn lock() -> anyhow::Result<File> {
    if let Some(folder) = Path::new(LOCK_FILE).parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let file = File::create(LOCK_FILE).with_context(|| format!("cannot create {LOCK_FILE}"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another demo is running in this folder"),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {LOCK_FILE}"))
        }
    }
}

/// Times one step of the demo.
struct Step {
    started_at: Instant,
}

impl Step {
    fn start() -> Self {
        Self {
            started_at: Instant::now(),
        }
    }

    fn done(&self, message: &str) {
        say!(
            "{message} ({:.1} s).",
            self.started_at.elapsed().as_secs_f64()
        );
    }
}
