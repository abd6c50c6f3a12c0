//! Where do the sides of the comparison come from? A Postgres and a node of this run's own, from the
//! same build as the program, which go with it however it ends.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::http::Http;
use crate::throughput::cpu_time;

/// A private Postgres with rooms in it. Stopped and deleted when dropped.
pub(crate) struct Postgres {
    folder: PathBuf,
    pub(crate) url: String,
}

/// `roost serve` in a process of its own. Ended when dropped.
pub(crate) struct Node {
    child: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

/// Seed of the generated rooms.
const SEED: u64 = 7;

impl Postgres {
    /// Starts a cluster below a folder, tunes it, and loads the shipped venues and so many rooms.
    pub(crate) async fn start(parent: &Path, rooms: u64) -> Result<Postgres> {
        let mut postgres = Postgres {
            folder: parent.join("postgres"),
            url: String::new(),
        };
        postgres.url = postgres.run("start")?;
        let mut connection = PgConnection::connect(&postgres.url).await?;
        // One by one: in a transaction they are refused.
        for statement in include_str!("sql/tune.sql").split_inclusive(';') {
            if statement.contains("ALTER") {
                let statement = sqlx::AssertSqlSafe(statement);
                sqlx::raw_sql(statement).execute(&mut connection).await?;
            }
        }
        connection.close().await?;
        postgres.run("stop")?;
        postgres.url = postgres.run("start")?;
        roost(&["migrate", "--database-url", &postgres.url]).await?;
        let (rooms, seed) = (rooms.to_string(), SEED.to_string());
        let flags = ["--rooms", &rooms, "--seed", &seed];
        let database = ["--database-url", &postgres.url];
        roost(&[&["import", "shipped"], &flags[..], &database].concat()).await?;
        Ok(postgres)
    }

    /// `start`, which says the URL, or `stop`. Not to be cut short: a server may be half started.
    fn run(&self, action: &str) -> Result<String> {
        let mut command = command();
        command
            .args(["postgres", action, "--dir"])
            .arg(&self.folder);
        if action == "start" {
            command.arg("--throwaway");
        }
        let output = command.output().context("cannot run roost")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "roost postgres {action}: {said}");
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = command();
        stop.args(["postgres", "stop", "--delete", "--dir"])
            .arg(&self.folder);
        match stop.output() {
            Ok(output) if output.status.success() => {}
            failed => eprintln!(
                "the cluster in {} remains: {failed:?}",
                self.folder.display()
            ),
        }
    }
}

impl Node {
    /// Starts a node over a database and waits until it has copied everything.
    pub(crate) async fn start(parent: &Path, database_url: &str) -> Result<Node> {
        // The port is free now; should another program take it at this very moment, the node says so.
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let log = parent.join("node.log");
        let child = command()
            .arg("serve")
            .env("ROOST_DATABASE_URL", database_url)
            .env("ROOST_DATA_DIR", parent.join("node"))
            .env("ROOST_SLOT", "versus_node")
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

async fn roost(arguments: &[&str]) -> Result<()> {
    let output = tokio::process::Command::from(command())
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await
        .context("cannot run roost")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "roost {}: {said}", arguments[0]);
    Ok(())
}

/// The command of this build, without any configuration of the person who runs this but the level
/// of the log, which has a price that one may want to know.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roost"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_ours = name.starts_with("ROOST_") || name == "DATABASE_URL";
        if is_ours && name != "ROOST_LOG" {
            command.env_remove(&*name);
        }
    }
    // A folder without a roost.toml.
    command.current_dir(std::env::temp_dir());
    command
}
