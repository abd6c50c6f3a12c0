//! Time from a commit in Postgres until searches see it.
//!
//! ```text
//! make bench-freshness                                    # 100,000 rooms, 30 s at each rate
//! make bench-freshness ROOMS=1000000 SECONDS=60 RATES=0,500,2000
//! ```
//!
//! | variable | what it sets | default |
//! |---|---|---|
//! | `ROOMS` | rooms in Postgres | 100000 |
//! | `RATES` | concurrent row changes per second, 0 for none | 0,500,2000 |
//! | `SECONDS` | duration of each rate | 30 |
//! | `BACKLOG` | row changes while the node is down | 200000 |
//!
//! A node (`roost serve`, of the same build) follows a private Postgres. Probes change a room's
//! title or whether a landlord is available, and search over HTTP until a response shows the
//! change. The time runs from the return of the commit to that response. At the end the node is
//! killed, changes accumulate, and the bench measures how long the node takes to catch up.

mod backlog;
mod bench;
#[path = "../shared/cluster/mod.rs"]
mod cluster;
mod load;
mod measured;
#[path = "../shared/node/mod.rs"]
mod node;
mod probe;
#[path = "../shared/setting/mod.rs"]
mod setting;
#[path = "../shared/shipped/mod.rs"]
mod shipped;
#[path = "../shared/times/mod.rs"]
mod times;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::signal::unix::{SignalKind, signal};

use bench::Bench;
use cluster::Postgres;
use measured::thousands_of;
use node::Node;
use setting::setting;

/// Seed of the generated rooms.
const SEED: u64 = 7;

#[tokio::main]
async fn main() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // However the run ends, dropping its future stops and deletes everything that it started.
    tokio::select! {
        done = run() => done,
        _ = interrupt.recv() => bail!("interrupted"),
        _ = terminate.recv() => bail!("terminated"),
    }
}

async fn run() -> Result<()> {
    let rooms = setting("ROOMS", 100_000);
    let duration = Duration::from_secs(setting("SECONDS", 30));
    let backlog = setting("BACKLOG", 200_000);
    let rates = rates()?;
    ensure!(rooms > 0, "ROOMS is 0: expected a larger number");

    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start(folder.path()).await?;
    shipped::load(&postgres.url, rooms, SEED).await?;
    let started = Instant::now();
    let node = Node::start(folder.path(), &postgres.url).await?;
    println!(
        "initial copy of {} rooms: {:.1} s, at most {} MiB of memory",
        thousands_of(rooms),
        started.elapsed().as_secs_f64(),
        node.memory_peak_mib().unwrap_or_default(),
    );

    let bench = Bench::over(&postgres.url).await?;
    println!("\ncommit to response, ms         documents                     signals");
    println!(
        "changes/s   searches/s     p50     p95     p99      p50     p95     p99   node CPU   changes seen"
    );
    let mut last = None;
    for rate in rates {
        let measured = bench.measure(&node, rate, duration).await?;
        println!("{}", measured.row());
        last = Some(measured);
    }
    if backlog > 0 {
        drop(node);
        backlog::measure(&bench, folder.path(), &postgres.url, backlog).await?;
    }
    println!("\n{}", last.context("RATES is empty")?.last_line()?);
    Ok(())
}

fn rates() -> Result<Vec<u64>> {
    let text = std::env::var("RATES").unwrap_or_default();
    let text = if text.is_empty() { "0,500,2000" } else { &text };
    let rates = text.split(',').map(|rate| {
        let number = rate.trim().parse();
        number.with_context(|| format!("RATES has {rate:?}: expected a whole number"))
    });
    rates.collect()
}
