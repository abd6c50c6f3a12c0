//! How long after a commit in Postgres is it seen by searches?
//!
//! ```text
//! make bench-freshness                                    # 100,000 rooms, 30 s at each rate
//! make bench-freshness ROOMS=1000000 SECONDS=60 RATES=0,500,2000
//! ```
//!
//! | variable | what it sets | default |
//! |---|---|---|
//! | `ROOMS` | rooms in Postgres | 100000 |
//! | `RATES` | row changes a second beside which is measured, 0 for none | 0,500,2000 |
//! | `SECONDS` | how long each rate lasts | 30 |
//! | `BACKLOG` | row changes that are made while the node is away | 200000 |
//!
//! A node (`roost serve`, of the same build) follows a Postgres of the run's own. Probes change a room's
//! title, or whether a landlord is available, and ask the API over and over until the answer shows it: from
//! the return of the commit to the answer. At the end the node is killed, changes pile up, and it is timed how
//! long it takes to catch up with them.

mod backlog;
#[path = "../cluster/mod.rs"]
mod cluster;
mod load;
#[path = "../node/mod.rs"]
mod node;
mod probe;
#[path = "../setting/mod.rs"]
mod setting;
#[path = "../times/mod.rs"]
mod times;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::signal::unix::{SignalKind, signal};
use uuid::Uuid;

use cluster::Postgres;
use node::Node;
use probe::Kind;
use setting::setting;
use times::{Times, thousands};

/// Seed of the generated rooms.
const SEED: u64 = 7;

/// How many rooms, and how many landlords, are probed at the same time.
const PROBES: usize = 4;

#[tokio::main]
async fn main() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // Whichever way it ends, what was started is dropped here, and so ended and deleted.
    tokio::select! {
        done = run() => done,
        _ = interrupt.recv() => bail!("interrupted"),
        _ = terminate.recv() => bail!("terminated"),
    }
}

async fn run() -> Result<()> {
    let rooms = setting("ROOMS", 100_000);
    let lasting = Duration::from_secs(setting("SECONDS", 30));
    let backlog = setting("BACKLOG", 200_000);
    let rates = rates()?;
    ensure!(rooms > 0, "ROOMS is above 0");

    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start(folder.path()).await?;
    let (count, seed) = (rooms.to_string(), SEED.to_string());
    let flags = ["--rooms", &count, "--seed", &seed];
    let database = ["--database-url", &postgres.url];
    cluster::roost(&[&["import", "shipped"], &flags[..], &database].concat()).await?;
    let started = Instant::now();
    let node = Node::start(folder.path(), &postgres.url).await?;
    println!(
        "first copy of {} rooms: {:.1} s, at most {} MiB of memory",
        thousands_of(rooms),
        started.elapsed().as_secs_f64(),
        node.memory_peak_mib().unwrap_or_default(),
    );

    let bench = Bench::over(&postgres.url).await?;
    println!("\nfrom commit to answer, ms      documents                     signals");
    println!(
        "changes/s   searches/s     p50     p95     p99      p50     p95     p99   node CPU   changes seen"
    );
    let mut last = None;
    for rate in rates {
        let measured = bench.measure(&node, rate, lasting).await?;
        println!("{}", measured.row());
        last = Some(measured);
    }
    if backlog > 0 {
        drop(node);
        backlog::measure(&bench, folder.path(), &postgres.url, backlog).await?;
    }
    println!("\n{}", last.context("no rate was asked for")?.last_line()?);
    Ok(())
}

/// What is written to, and how.
struct Bench {
    pool: PgPool,
    rooms: Vec<Uuid>,
    landlords: Vec<Uuid>,
}

impl Bench {
    async fn over(url: &str) -> Result<Bench> {
        let connections = u32::try_from(2 * PROBES + 2)?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .connect(url)
            .await?;
        // Those with the most listed rooms first: they are probed, and their rooms seen to come and go.
        let landlords: Vec<Uuid> = sqlx::query_scalar(
            "SELECT landlord_id FROM rooms GROUP BY landlord_id
             ORDER BY count(*) FILTER (WHERE status = 'listed') DESC, landlord_id LIMIT 10000",
        )
        .fetch_all(&pool)
        .await?;
        ensure!(
            landlords.len() > PROBES,
            "so few rooms have too few landlords"
        );
        let of_others = "SELECT rooms.id FROM rooms JOIN landlords ON landlords.id = landlord_id
             WHERE is_available AND landlord_id <> ALL($1) ORDER BY rooms.id";
        let rooms: Vec<Uuid> = sqlx::query_scalar(of_others)
            .bind(&landlords[..PROBES])
            .fetch_all(&pool)
            .await?;
        ensure!(rooms.len() > PROBES, "so few rooms have no others");
        Ok(Bench {
            pool,
            rooms,
            landlords,
        })
    }

    async fn measure(&self, node: &Node, rate: u64, lasting: Duration) -> Result<Measured> {
        let until = Instant::now() + lasting;
        let cpu_before = node.cpu_time();
        let load = tokio::spawn(load::run(self.load(), rate, until));
        let mut probes = Vec::new();
        for at in 0..PROBES {
            for (kind, key) in [
                (Kind::Document, self.rooms[at]),
                (Kind::Signal, self.landlords[at]),
            ] {
                let pool = self.pool.clone();
                let probe = probe::run(kind, pool, key, node.address, until);
                probes.push((kind, tokio::spawn(probe)));
            }
        }
        let mut measured = Measured::default();
        for (kind, probe) in probes {
            let (times, searches) = probe.await??;
            measured.searches += searches;
            match kind {
                Kind::Document => measured.documents.extend(times),
                Kind::Signal => measured.signals.extend(times),
            }
        }
        measured.changes = load.await??;
        measured.lasted = lasting;
        measured.node_cpu = cpu_before.zip(node.cpu_time()).map(|(was, is)| is - was);
        Ok(measured)
    }

    /// What the load changes: nothing that is probed.
    fn load(&self) -> load::Load {
        let unprobed = |keys: &[Uuid]| keys.iter().copied().skip(PROBES).collect();
        load::Load {
            pool: self.pool.clone(),
            rooms: unprobed(&self.rooms),
            landlords: unprobed(&self.landlords),
        }
    }
}

/// What was seen beside one rate.
#[derive(Default)]
struct Measured {
    documents: Times,
    signals: Times,
    changes: u64,
    searches: u64,
    lasted: Duration,
    node_cpu: Option<Duration>,
}

impl Measured {
    fn row(&self) -> String {
        let shown = |times: &Times| {
            [0.5, 0.95, 0.99].map(|share| match times.percentile_us(share) {
                Some(us) => format!("{:>8.1}", us / 1e3),
                None => format!("{:>8}", "-"),
            })
        };
        format!(
            "{:>9}{:>13}{} {}{:>11}{:>8} + {}",
            self.a_second(self.changes),
            self.a_second(self.searches),
            shown(&self.documents).concat(),
            shown(&self.signals).concat(),
            self.node_cpu.map_or("-".to_owned(), |cpu| format!(
                "{:.0} %",
                100.0 * cpu.as_secs_f64() / self.lasted.as_secs_f64()
            )),
            self.documents.len(),
            self.signals.len(),
        )
    }

    fn last_line(&self) -> Result<String> {
        let p99_ms = |times: &Times| {
            let us = times.percentile_us(0.99).context("nothing was measured")?;
            anyhow::Ok(us / 1e3)
        };
        Ok(format!(
            "freshness: documents p99 {:.0} ms, signals p99 {:.0} ms at {} changes/s",
            p99_ms(&self.documents)?,
            p99_ms(&self.signals)?,
            self.a_second(self.changes),
        ))
    }

    fn a_second(&self, count: u64) -> u64 {
        count / self.lasted.as_secs().max(1)
    }
}

fn thousands_of(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
    thousands(count as f64)
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
