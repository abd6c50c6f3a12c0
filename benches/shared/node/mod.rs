//! A node for one run, from the same build as the bench, which is killed however the run ends.

pub(crate) mod http;

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cluster::command;
use http::Http;

/// `roost serve` in its own process. Killed when dropped.
pub(crate) struct Node {
    child: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

impl Node {
    /// Starts a node over a database and waits until it is ready. On its first start this includes
    /// the initial copy.
    pub(crate) async fn start(parent: &Path, database_url: &str) -> Result<Node> {
        // If another program takes this port before the node does, the node reports it.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let log = parent.join("node.log");
        let child = command()
            .arg("serve")
            .env("ROOST_DATABASE_URL", database_url)
            .env("ROOST_DATA_DIR", parent.join("node"))
            .env("ROOST_SLOT", "bench_node")
            .env("ROOST_LISTEN", address.to_string())
            // A bench may name another client in X-Forwarded-For, because limits are per client.
            .env("ROOST_TRUSTED_PROXIES", "127.0.0.1")
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

    /// The processor time used so far.
    pub(crate) fn cpu_time(&self) -> Option<Duration> {
        cpu_time(&self.child.id().to_string())
    }

    /// The peak memory in MiB, where `/proc` exists.
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
        // Its data is discarded, so a graceful shutdown is not needed.
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("cannot end roost serve: {error}");
        }
    }
}

/// The processor time that a process has used so far, where `/proc` exists.
pub(crate) fn cpu_time(process: &str) -> Option<Duration> {
    /// USER_HZ, which Linux reports to programs whatever the clock of the kernel is.
    const TICKS_PER_SECOND: u32 = 100;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the command, in parentheses, may contain spaces; the state follows.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_secs(user + system) / TICKS_PER_SECOND)
}
