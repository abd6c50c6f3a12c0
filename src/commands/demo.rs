//! How does one command show all of Roost on a fresh machine?

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use roost_engine::Collection;
use roost_indexer::{Phase, Progress as Following, Status};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, without_password};
use crate::flags::AllFlags;
use crate::import::{self, Progress as _};
use crate::language;
use crate::load::connect_for_loading;
use crate::postgres::{self, Durability};
use crate::progress::Display;
use crate::serve::{self, Node};
use crate::{migrate, shutdown};

/// Held while a demo runs, so that a second one does not stop the cluster of the first.
const LOCK: &str = ".roost/demo.lock";

/// What `roost demo` takes.
#[derive(Debug, Args)]
pub(crate) struct DemoFlags {
    #[command(flatten)]
    all: AllFlags,
    #[command(flatten)]
    shipped: crate::load::ShippedFlags,
}

/// Runs `roost demo`.
pub(crate) async fn run(flags: DemoFlags) -> anyhow::Result<()> {
    let mut layers = flags.all.into_flags();
    // A person watches: the steps below say what happens, and the log only what goes wrong.
    layers.defaults.push(("log", "warn,sqlx=error"));
    let config = layers.start()?;
    let shutdown = shutdown::on_signal_or_hangup()?;
    // Before any work: a port in use must not show after minutes of loading.
    let listener = serve::listen(config.listen).await?;
    let _lock = lock()?;
    let demo = Demo {
        config,
        shutdown,
        shipped: flags.shipped,
    };
    match demo.config.database_url.clone() {
        Some(database_url) => {
            postgres::check(&database_url).await?;
            say!(
                "Using {} as it is configured.",
                without_password(&database_url)
            );
            demo.run(&database_url, listener).await
        }
        None => demo.run_over_private_cluster(listener).await,
    }
}

struct Demo {
    config: Config,
    shutdown: CancellationToken,
    shipped: crate::load::ShippedFlags,
}

impl Demo {
    async fn run_over_private_cluster(&self, listener: TcpListener) -> anyhow::Result<()> {
        let folder = Path::new(postgres::DEFAULT_FOLDER);
        let step = Step::new();
        let started = postgres::start(folder, Durability::Full).await;
        let done = match started {
            // Ctrl-C reaches the programs that were at work too; that is no error of theirs.
            Err(_) if self.shutdown.is_cancelled() => return Ok(()),
            Err(error) => return Err(error),
            Ok(cluster) => {
                step.done(&format!("A private Postgres runs in {}", folder.display()));
                self.run(&cluster.url(postgres::DATABASE), listener).await
            }
        };
        let step = Step::new();
        postgres::stop(folder)?;
        step.done("The private Postgres is stopped");
        done
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
        let pool = prepared?;
        let address = listener.local_addr()?;
        let (_, language) = watch::channel(Arc::new(language::read(&self.config)?));
        let shutdown = self.shutdown.clone();
        let node = Node::start(&self.config, database_url, listener, language, shutdown).await?;
        let shown = self
            .shutdown
            .run_until_cancelled(show(&node, &pool, address))
            .await;
        // Without a pool left open, the cluster's stop has nothing to cut off.
        pool.close().await;
        if let Some(Err(error)) = shown {
            self.shutdown.cancel();
            node.wait().await?;
            return Err(error);
        }
        self.shutdown.cancelled().await;
        say!("Stopping.");
        node.wait().await
    }

    async fn prepare(&self, database_url: &str) -> anyhow::Result<PgPool> {
        let step = Step::new();
        migrate::migrate(database_url).await?;
        step.done("The tables have this version's schema");
        let pool = connect_for_loading(database_url).await?;
        let step = Step::new();
        let report =
            import::load_shipped(&pool, self.shipped.options(), &Display::default()).await?;
        let report = report.to_string();
        step.done(&report.lines().collect::<Vec<_>>().join("; "));
        Ok(pool)
    }
}

/// Waits for the first copy, then says what to try.
async fn show(node: &Node, pool: &PgPool, address: SocketAddr) -> anyhow::Result<()> {
    let step = Step::new();
    wait_until_ready(&node.status).await?;
    let (rooms, venues) = (
        node.reader.document_count(Collection::Rooms),
        node.reader.document_count(Collection::Venues),
    );
    step.done(&format!("{rooms} rooms and {venues} venues are indexed"));
    let (id, name) = a_venue(pool).await?;
    let base = format!("http://{address}/api/v1");
    say!(
        "\nRoost serves on http://{address}. Try, in another terminal:\n\n\
         # Quiet rooms within 5 km of {name}\n\
         curl '{base}/rooms/search?venue={id}&radius_m=5000&q=quiet&limit=3'\n\n\
         # Venues by what people call them\n\
         curl '{base}/venues/search?q=iit+bombay'\n\n\
         # Why the best room with wifi and a desk is the best\n\
         curl '{base}/rooms/search?venue={id}&amenities=wifi,desk&limit=1&explain=true'\n\n\
         Ctrl-C stops everything. Nothing is lost: the next start takes seconds."
    );
    Ok(())
}

/// Shows the first copy as it goes; a later start has nothing to copy.
async fn wait_until_ready(status: &Status) -> anyhow::Result<()> {
    let display = Display::default();
    let mut shown = None;
    loop {
        let progress = status
            .wait_until(|progress| has_news(progress, &shown))
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

/// Whether there is anything to show since the last look.
fn has_news(progress: &Following, shown: &Option<(&'static str, u64)>) -> bool {
    match &progress.phase {
        Phase::Copying { table, rows, .. } => *shown != Some((*table, *rows)),
        Phase::Stopped => true,
        Phase::Connecting { .. } | Phase::Streaming => progress.is_ready,
    }
}

/// A venue that many know, or any.
async fn a_venue(pool: &PgPool) -> anyhow::Result<(String, String)> {
    let found = sqlx::query!(
        r#"SELECT id::text AS "id!", name FROM exam_venues
           ORDER BY 'IIT Bombay' = ANY (aliases) DESC, id LIMIT 1"#
    )
    .fetch_optional(pool)
    .await
    .context("cannot read the venues")?;
    let venue = found.context("the tables hold no venue")?;
    Ok((venue.id, venue.name))
}

fn lock() -> anyhow::Result<File> {
    if let Some(folder) = Path::new(LOCK).parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let file = File::create(LOCK).with_context(|| format!("cannot create {LOCK}"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another demo runs in this folder"),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {LOCK}"))
        }
    }
}

/// One step that a person watches.
struct Step {
    start: Instant,
}

impl Step {
    fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    fn done(&self, what: &str) {
        let took: Duration = self.start.elapsed();
        say!("{what} ({:.1} s).", took.as_secs_f64());
    }
}
