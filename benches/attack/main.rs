//! Attacks a node with hostile clients, and checks that everyone else does not notice.
//!
//! ```text
//! make attack                                        # every kind, two minutes in all
//! make attack SECONDS=20 KINDS=idle,misspelt_256     # two kinds, ten seconds each
//! ```
//!
//! | variable | what it sets | default |
//! |---|---|---|
//! | `SECONDS` | duration of all attacks together | 120 |
//! | `KINDS` | names of kinds, separated by commas | all |
//! | `ROOMS` | rooms in Postgres | 100000 |
//!
//! A node (`roost serve`, of the same build, with `ulimit -n 1024`) follows a private Postgres.
//! Hostile clients attack it over real sockets, one kind after the other. Meanwhile, from the same
//! address, a probe sends cheap searches and health checks, and rows are inserted, which searches
//! must find. `criteria.rs` has all criteria. At the end `roost verify` compares index and tables,
//! and the node is stopped in the middle of half-sent requests.
//!
//! Attackers share the machine with the node: all of them run on one thread, the probe on another.
//! On two cores they take up to half of what the node could use, and the figures are worse than
//! with attackers elsewhere. So the probe also measures an echo that no attacker sees: what delays
//! the echo is the machine, and widens the limits of the times in the same measure. A kind that
//! violates nothing but the limit of cheap searches runs once more, and the second time counts.

mod clients;
#[path = "../shared/cluster/mod.rs"]
mod cluster;
mod criteria;
mod node;
mod probe;
mod rows;
#[path = "../shared/setting/mod.rs"]
mod setting;
#[path = "../shared/shipped/mod.rs"]
mod shipped;
#[expect(dead_code, reason = "this program needs percentiles only")]
#[path = "../shared/times/mod.rs"]
mod times;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use sqlx::PgPool;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use clients::attack::Attack;
use clients::http::get;
use clients::keep_alive::KeepAlive;
use clients::{KINDS, Kind, searches};
use cluster::Postgres;
use criteria::{Idle, Observed};
use node::Node;
use probe::Probe;
use rows::Rows;
use setting::setting;

/// Seed of the generated rooms.
const SEED: u64 = 7;

/// How long the probe measures the node without an attack.
const IDLE: Duration = Duration::from_secs(4);

/// The first search of each kind fills caches.
const WARM_UP_PATIENCE: Duration = Duration::from_secs(60);

/// The last kind stops the node in the middle of its requests.
const STOPPED_WITHIN_REQUESTS: &str = "half_sent";

fn main() -> Result<ExitCode> {
    // All hostile clients share one thread, and leave the other cores to the node.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        // However the run ends, dropping its future stops and deletes everything that it started.
        tokio::select! {
            done = run() => done,
            _ = interrupt.recv() => bail!("interrupted"),
            _ = terminate.recv() => bail!("terminated"),
        }
    })
}

async fn run() -> Result<ExitCode> {
    let kinds = kinds()?;
    let seconds = setting("SECONDS", 120);
    let rooms = setting("ROOMS", 100_000);
    let each = Duration::from_secs(seconds) / u32::try_from(kinds.len())?;
    node::check_descriptors(clients::connections::SILENT_CONNECTIONS + 400)?;

    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start(folder.path()).await?;
    shipped::load(&postgres.url, rooms, SEED).await?;
    let pool = PgPool::connect(&postgres.url).await?;
    let mut node = Node::start(folder.path(), &postgres.url).await?;
    warm_up(&node).await?;

    let probe = Probe::start(node.address)?;
    sleep(IDLE).await;
    let idle = Idle::of(&probe.take(), node.memory_mib()?)?;
    println!("{idle}");

    let mut report = Report::default();
    let mut rows = Rows::new(pool, node.address);
    for kind in kinds {
        let mut observed = attack(kind, &mut node, &probe, &mut rows, &idle, each).await?;
        if observed.stopped_after.is_none() && criteria::is_only_slow(&idle, &observed) {
            println!("again  {:<20} {}", kind.name, observed.line(&idle));
            observed = attack(kind, &mut node, &probe, &mut rows, &idle, each).await?;
        }
        let has_stopped = observed.stopped_after.is_some();
        report.add(kind.name, &idle, observed);
        if !has_stopped && !node.is_alive()? {
            node.restart().await?;
        }
    }
    drop(probe);
    let differences = node.verify().await?;
    if let Some(problem) = &differences {
        println!("FAILED verify: {problem}");
    }
    Ok(report.end(differences.is_some()))
}

/// The outcomes of all kinds.
#[derive(Default)]
struct Report {
    kinds: usize,
    failed: usize,
    p99_ms_max: f64,
    memory_mib_max: u64,
}

impl Report {
    /// Prints the line of a kind.
    fn add(&mut self, name: &str, idle: &Idle, observed: Observed) {
        let failures = criteria::failures(idle, &observed);
        self.kinds += 1;
        self.failed += usize::from(!failures.is_empty());
        self.p99_ms_max = self.p99_ms_max.max(observed.p99_ms());
        self.memory_mib_max = self.memory_mib_max.max(observed.memory_mib);
        let state = if failures.is_empty() {
            "ok    "
        } else {
            "FAILED"
        };
        println!("{state} {name:<20} {}", observed.line(idle));
        for failure in failures {
            println!("       - {failure}");
        }
    }

    /// Prints the last line. A difference between index and tables counts as one more failure.
    fn end(&self, is_different: bool) -> ExitCode {
        let failed = self.failed + usize::from(is_different);
        println!(
            "attack: {} kinds, {failed} failed, cheap p99 {:.0} ms, memory {} MB",
            self.kinds, self.p99_ms_max, self.memory_mib_max
        );
        ExitCode::from(u8::from(failed > 0))
    }
}

/// Runs one kind, and returns what the probe, the follower and the attackers saw.
async fn attack(
    kind: &Kind,
    node: &mut Node,
    probe: &Probe,
    rows: &mut Rows,
    idle: &Idle,
    duration: Duration,
) -> Result<Observed> {
    node.wait_for_memory(idle.memory_mib()).await?;
    let _before = probe.take();
    node.reset_memory_peak()?;
    let attack = Attack::new(node.address, duration);
    let (_, follower) = tokio::join!(kind.run(&attack), rows.insert_until(attack.until));
    let probed = probe.take();
    let memory_mib = node.memory_peak_mib().unwrap_or_default();
    let mut observed = Observed {
        tally: attack.result(),
        probed,
        memory_mib,
        rows: follower,
        node_problem: node.problem()?,
        stopped_after: None,
    };
    if kind.name == STOPPED_WITHIN_REQUESTS {
        let again = Attack::new(node.address, criteria::STOP_TIME_MAX * 2);
        tokio::select! {
            // The clients may end before the node does.
            () = async {
                kind.run(&again).await;
                std::future::pending().await
            } => {}
            stopped = async {
                sleep(Duration::from_millis(500)).await;
                node.stop().await
            } => observed.stopped_after = Some(stopped?),
        }
    }
    Ok(observed)
}

/// Sends each kind of search once, so that what the node caches counts as its idle memory.
async fn warm_up(node: &Node) -> Result<()> {
    let mut client = KeepAlive::new(node.address, WARM_UP_PATIENCE);
    for request in searches::one_of_each() {
        let response = client.request(&request).await?;
        ensure!(
            response.status < 500,
            "a request of the warm-up got {}",
            response.status
        );
    }
    for index in 0..2_000 {
        client.request(&get(&searches::cheap(index))).await?;
    }
    Ok(())
}

fn kinds() -> Result<Vec<&'static Kind>> {
    let text = std::env::var("KINDS").unwrap_or_default();
    if text.is_empty() {
        return Ok(KINDS.iter().collect());
    }
    let chosen = text.split(',').map(|name| {
        let kind = KINDS.iter().find(|kind| kind.name == name.trim());
        kind.with_context(|| {
            let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
            format!("KINDS has {name:?}: expected some of {}", names.join(","))
        })
    });
    chosen.collect()
}
