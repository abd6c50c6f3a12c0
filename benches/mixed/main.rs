//! Searches next to writes and sign-ins: a mixed workload on one machine.
//!
//! ```text
//! make bench-mixed                                   # 100,000 rooms, 3 rounds of 5 x 15 s
//! make bench-mixed SECONDS=60 SEARCHES=500 PATCHES=100
//! ```
//!
//! | variable | what it sets | default |
//! |---|---|---|
//! | `ROOMS` | rooms in Postgres | 100000 |
//! | `SEARCHES` | searches per second | 1000 |
//! | `PATCHES` | `PATCH /api/v1/rooms/{id}` per second, each with a new price | 300 |
//! | `LOGINS` | clients that sign in | 50 |
//! | `SECONDS` | duration of one measurement | 15 |
//! | `ROUNDS` | how often all are measured | 3 |
//!
//! A node (`roost serve`, of the same build) follows a private Postgres. Both share the machine
//! with this program. Searches and PATCHes are sent at a fixed rate, whether earlier ones are
//! answered or not, and a latency runs from the moment when the request was due, so a node that
//! falls behind cannot hide it. Each round measures searches alone, next to PATCHes, next to
//! clients that sign in without a pause, next to bursts of as many sign-ins every 5 s, and alone
//! again: the ratio of the two that are alone is the noise of the machine. Every room
//! belongs to a landlord with an access token, and a write changes the row.
//!
//! At the end, authentication of a warm credential is measured in this process, and over HTTP as
//! the latency of the same search with and without a credential.

mod accounts;
mod authentication;
#[path = "../shared/cluster/mod.rs"]
mod cluster;
mod figures;
mod load;
mod logins;
#[expect(dead_code, reason = "this program measures latencies only")]
#[path = "../shared/node/mod.rs"]
mod node;
mod requests;
#[path = "../shared/setting/mod.rs"]
mod setting;
#[path = "../shared/shipped/mod.rs"]
mod shipped;
#[expect(dead_code, reason = "this program prints milliseconds")]
#[path = "../shared/times/mod.rs"]
mod times;

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use tokio::signal::unix::{SignalKind, signal};

use accounts::Accounts;
use cluster::Postgres;
use figures::{Figures, Summary};
use load::Load;
use node::Node;
use setting::setting;

/// Seed of the generated rooms.
const SEED: u64 = 7;

/// How long both loads run before they are measured.
const WARM_UP: Duration = Duration::from_secs(4);

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
    let rounds = setting("ROUNDS", 3);
    let duration = Duration::from_secs(setting("SECONDS", 15));
    ensure!(
        rooms > 0 && !duration.is_zero(),
        "ROOMS or SECONDS is 0: expected larger numbers"
    );

    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start(folder.path()).await?;
    shipped::load(&postgres.url, rooms, SEED).await?;
    let mut accounts = Accounts::create(&postgres.url).await?;
    let node = Node::start(folder.path(), &postgres.url).await?;

    let mut bench = Bench {
        node: &node,
        searches: setting("SEARCHES", 1_000),
        patches: setting("PATCHES", 300),
        logins: usize::try_from(setting("LOGINS", 50))?,
    };
    println!("{}", Figures::heading());
    let mut summary = Summary::default();
    for round in 0..rounds {
        // Access tokens are valid for 15 minutes.
        accounts.sign_in(node.address).await?;
        if round == 0 {
            bench.next_to_patches(&accounts, WARM_UP).await?;
        }
        summary.add(bench.round(&accounts, duration).await?);
    }
    println!("\n{}\n", summary.line());
    authentication::measure(&accounts, folder.path(), &postgres.url, &node).await
}

/// The rates of all loads.
struct Bench<'n> {
    node: &'n Node,
    searches: u64,
    patches: u64,
    logins: usize,
}

impl Bench<'_> {
    /// Measures searches alone, next to each of the other loads, and alone again.
    async fn round(&mut self, accounts: &Accounts, duration: Duration) -> Result<[Figures; 5]> {
        let alone = self.alone(duration).await?;
        println!("{}", alone.row("alone"));
        let patches = self.next_to_patches(accounts, duration).await?;
        println!("{}", patches.row(&format!("{} PATCH/s", self.patches)));
        let logins = self.next_to_logins(accounts, duration).await?;
        println!("{}", logins.row(&format!("{} sign-ins", self.logins)));
        let bursts = self.next_to_bursts(accounts, duration).await?;
        println!("{}", bursts.row(&format!("bursts of {}", self.logins)));
        let again = self.alone(duration).await?;
        println!("{}", again.row("alone"));
        Ok([alone, patches, logins, bursts, again])
    }

    async fn alone(&self, duration: Duration) -> Result<Figures> {
        self.measure(async { Ok(None) }, duration).await
    }

    async fn next_to_patches(&self, accounts: &Accounts, duration: Duration) -> Result<Figures> {
        let load = Load {
            address: self.node.address,
            per_second: self.patches,
            requests: requests::patches(accounts),
        };
        self.measure(async { load.run(duration).await.map(Some) }, duration)
            .await
    }

    async fn next_to_logins(&self, accounts: &Accounts, duration: Duration) -> Result<Figures> {
        let logins = logins::run(accounts, self.node.address, self.logins, duration);
        self.measure(async { logins.await.map(Some) }, duration)
            .await
    }

    async fn next_to_bursts(&self, accounts: &Accounts, duration: Duration) -> Result<Figures> {
        let bursts = logins::bursts(accounts, self.node.address, self.logins, duration);
        self.measure(async { bursts.await.map(Some) }, duration)
            .await
    }

    /// Measures searches next to another load.
    async fn measure(
        &self,
        other: impl Future<Output = Result<Option<load::Answered>>>,
        duration: Duration,
    ) -> Result<Figures> {
        let load = Load {
            address: self.node.address,
            per_second: self.searches,
            requests: requests::searches(),
        };
        let cpu_before = self.node.cpu_time();
        let (searches, other) = tokio::try_join!(load.run(duration), other)?;
        let node_cpu = cpu_before.zip(self.node.cpu_time());
        Ok(Figures {
            searches,
            other,
            node_cpu: node_cpu.map(|(was, is)| is - was),
            duration,
        })
    }
}
