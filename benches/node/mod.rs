//! Where does a node to measure come from? It is the run's own, from the same build as the program, and
//! goes with it however it ends.

pub(crate) mod http;

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cluster::command;
use http::Http;

/// `roost serve` in a process of its own. Ended when dropped.
pub(crate) struct Node {
    child: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

impl Node {
    /// Starts a node over a database and waits until it is ready: at first, until it has copied everything.
    pub(crate) async fn start(parent: &Path, database_url: &str) -> Result<Node> {
        // The port is free now; should another program take it at this very moment, the node says so.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let log = parent.join("node.log");
        let child = command()
            .arg("serve")
            .env("ROOST_DATABASE_URL", database_url)
            .env("ROOST_DATA_DIR", parent.join("node"))
            .env("ROOST_SLOT", "bench_node")
            .env("ROOST_LISTEN", address.to_string())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .context("cannot run roost serve")?;
        let mut node = Node {
            child,
            address,
            log,
        };
        node.wait_until_ready().await?;
        Ok(node)
    }

    /// The time of processors that it has taken so far.
    pub(crate) fn cpu_time(&self) -> Option<Duration> {
        cpu_time(&self.child.id().to_string())
    }

    /// The most memory that it has had so far, in MiB, where there is /proc to say so.
    pub(crate) fn memory_peak_mib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: u64 = peak.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib / 1024)
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                let log = std::fs::read_to_string(&self.log)?;
                anyhow::bail!("roost serve ended with {status}: {log}");
            }
            if let Ok(mut http) = Http::connect(self.address).await
                && http.get("/health/ready").await?.status == 200
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // What it holds is thrown away, so that it needs no time to end well.
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("roost serve goes on: {error}");
        }
    }
}

/// The time of processors that a process has taken so far, where there is /proc to say so.
pub(crate) fn cpu_time(process: &str) -> Option<Duration> {
    /// As Linux counts for programs, whatever its kernel's own clock is.
    const TICKS_A_SECOND: u32 = 100;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the command, in parentheses, may hold spaces; the state is next.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_secs(user + system) / TICKS_A_SECOND)
}
