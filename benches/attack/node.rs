//! The node under attack, with few file descriptors, in a process of its own.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::time::sleep;

use crate::clients::http::get;
use crate::clients::keep_alive::KeepAlive;
use crate::cluster::command;
use crate::probe::PATIENCE;

/// The limit of the node's file descriptors: what many systems set by default.
const DESCRIPTORS: &str = "1024";

/// A node that takes longer to stop is killed.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

/// Freed memory is returned to the system a little later.
const MEMORY_FREED_WITHIN: Duration = Duration::from_secs(2);

/// `roost serve` in its own process. Killed when dropped.
pub(crate) struct Node {
    child: Child,
    pub(crate) address: SocketAddr,
    settings: [(&'static str, String); 3],
    log: PathBuf,
}

impl Node {
    /// Starts a node over a database and waits until it is ready.
    pub(crate) async fn start(parent: &Path, database_url: &str) -> Result<Self> {
        // If another program takes this port before the node does, the node reports it.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let log = parent.join("node.log");
        let data_dir = parent.join("node").display().to_string();
        let settings = [
            ("ROOST_DATABASE_URL", database_url.to_owned()),
            ("ROOST_DATA_DIR", data_dir),
            ("ROOST_SLOT", "attacked".to_owned()),
        ];
        let child = spawn(address, &settings, &log)?;
        let mut node = Self {
            child,
            address,
            settings,
            log,
        };
        node.wait_until_ready().await?;
        Ok(node)
    }

    /// Starts the node again after it has ended.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        self.child = spawn(self.address, &self.settings, &self.log)?;
        self.wait_until_ready().await
    }

    pub(crate) fn is_alive(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Why the node does not run properly, if it does not.
    pub(crate) fn problem(&mut self) -> Result<Option<String>> {
        let log = std::fs::read_to_string(&self.log)?;
        if let Some(line) = log.lines().find(|line| line.contains("panicked")) {
            return Ok(Some(format!("the node panicked: {line}")));
        }
        Ok(self.child.try_wait()?.map(|status| {
            let last = log.lines().last().unwrap_or_default();
            format!("the node ended with {status}: {last}")
        }))
    }

    /// The memory that the process uses now.
    pub(crate) fn memory_mib(&self) -> Result<u64> {
        self.memory("VmRSS:")
            .context("/proc shows no memory of the node")
    }

    /// The peak of the memory since the last reset; `None` if the process has ended.
    pub(crate) fn memory_peak_mib(&self) -> Option<u64> {
        self.memory("VmHWM:")
    }

    /// Waits a little for the memory of an attack to be freed, so that the next one is not blamed
    /// for it. `mib` is the memory without an attack.
    pub(crate) async fn wait_for_memory(&self, mib: u64) -> Result<()> {
        let started = Instant::now();
        while self.memory_mib()? > mib + mib / 10 && started.elapsed() < MEMORY_FREED_WITHIN {
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Starts a new peak.
    pub(crate) fn reset_memory_peak(&self) -> Result<()> {
        let file = format!("/proc/{}/clear_refs", self.child.id());
        std::fs::write(&file, "5").with_context(|| format!("cannot write {file}"))
    }

    fn memory(&self, name: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let value = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib / 1024)
    }

    /// Sends SIGTERM, and returns how long the process took to end. The inner error is why it did
    /// not end successfully.
    pub(crate) async fn stop(&mut self) -> Result<Result<Duration, String>> {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status()?;
        ensure!(sent.success(), "cannot send SIGTERM");
        let started = Instant::now();
        while started.elapsed() < STOPPED_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                return Ok(match status.success() {
                    true => Ok(started.elapsed()),
                    false => Err(format!("the node ended with {status}")),
                });
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(Err(format!(
            "the node runs {} s after SIGTERM",
            STOPPED_WITHIN.as_secs()
        )))
    }

    /// Compares index and tables, and returns what differs.
    pub(crate) async fn verify(&self) -> Result<Option<String>> {
        let mut verify = command();
        verify
            .arg("verify")
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        let output = tokio::process::Command::from(verify)
            .kill_on_drop(true)
            .output()
            .await
            .context("cannot run roost verify")?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let failed = String::from_utf8_lossy(&output.stderr);
        print!("{printed}");
        Ok(
            (!output.status.success())
                .then(|| failed.lines().last().unwrap_or_default().to_owned()),
        )
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let mut client = KeepAlive::new(self.address, PATIENCE);
        loop {
            if let Some(status) = self.child.try_wait()? {
                let log = std::fs::read_to_string(&self.log)?;
                bail!("roost serve ended with {status}: {log}");
            }
            let ready = client.request(&get("/health/ready")).await;
            if ready.is_ok_and(|response| response.status == 200) {
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Both fail if it has ended.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn spawn(address: SocketAddr, settings: &[(&'static str, String)], log: &Path) -> Result<Child> {
    let roost = command();
    let mut shell = Command::new("sh");
    let script = "ulimit -n \"$1\" && exec \"$0\" serve";
    shell
        .args(["-c", script])
        .arg(roost.get_program())
        .arg(DESCRIPTORS);
    for (name, value) in roost.get_envs() {
        if value.is_none() {
            shell.env_remove(name);
        }
    }
    shell
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .env("ROOST_LISTEN", address.to_string())
        .current_dir(std::env::temp_dir())
        .stdout(Stdio::null())
        .stderr(File::create(log)?)
        .spawn()
        .context("cannot run roost serve")
}

/// Checks that this process may open enough connections.
pub(crate) fn check_descriptors(needed: usize) -> Result<()> {
    let limits = std::fs::read_to_string("/proc/self/limits").context("/proc is missing")?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    match soft {
        Some(soft) if soft < needed => bail!(
            "this process may open {soft} files: expected at least {needed} (ulimit -n {needed})"
        ),
        _ => Ok(()),
    }
}
