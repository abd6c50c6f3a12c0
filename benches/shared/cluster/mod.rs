//! A private Postgres cluster for one run, started by the `roost` binary of the same build and
//! deleted however the run ends.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

/// A private Postgres. Stopped and deleted when dropped.
pub(crate) struct Postgres {
    folder: PathBuf,
    pub(crate) url: String,
}

impl Postgres {
    /// Starts a cluster below a folder, tunes it, and creates the tables.
    pub(crate) async fn start(parent: &Path) -> Result<Postgres> {
        let mut postgres = Postgres {
            folder: parent.join("postgres"),
            url: String::new(),
        };
        postgres.url = postgres.run("start")?;
        let mut connection = PgConnection::connect(&postgres.url).await?;
        // One by one, because ALTER SYSTEM cannot run in a transaction.
        for statement in include_str!("tune.sql").split_inclusive(';') {
            if statement.contains("ALTER") {
                let statement = sqlx::AssertSqlSafe(statement);
                sqlx::raw_sql(statement).execute(&mut connection).await?;
            }
        }
        connection.close().await?;
        postgres.run("stop")?;
        postgres.url = postgres.run("start")?;
        roost(&["migrate", "--database-url", &postgres.url]).await?;
        Ok(postgres)
    }

    /// Runs `start`, which prints the URL, or `stop`. It blocks, because an interrupted start could
    /// leave a server behind.
    fn run(&self, action: &str) -> Result<String> {
        let mut command = command();
        command
            .args(["postgres", action, "--dir"])
            .arg(&self.folder);
        if action == "start" {
            command.arg("--throwaway");
        }
        let output = command.output().context("cannot run roost")?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "roost postgres {action}: {stderr}");
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
                "cannot delete the cluster in {}: {failed:?}",
                self.folder.display()
            ),
        }
    }
}

/// Runs a `roost` command to completion.
pub(crate) async fn roost(arguments: &[&str]) -> Result<()> {
    let output = tokio::process::Command::from(command())
        .args(arguments)
        .kill_on_drop(true)
        .output()
        .await
        .context("cannot run roost")?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "roost {}: {stderr}", arguments[0]);
    Ok(())
}

/// The `roost` binary of this build. It ignores the configuration in the environment, except for
/// the log level, because the cost of logging may be of interest.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roost"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let is_setting = name.starts_with("ROOST_") || name == "DATABASE_URL";
        if is_setting && name != "ROOST_LOG" {
            command.env_remove(&*name);
        }
    }
    // A folder without a roost.toml.
    command.current_dir(std::env::temp_dir());
    command
}
