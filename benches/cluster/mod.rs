//! Where do rooms to measure with come from? From a Postgres of the run's own, made by the command of
//! the same build, which goes with the run however it ends.

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
    /// Starts a cluster below a folder, tunes it, and makes the tables.
    pub(crate) async fn start(parent: &Path) -> Result<Postgres> {
        let mut postgres = Postgres {
            folder: parent.join("postgres"),
            url: String::new(),
        };
        postgres.url = postgres.run("start")?;
        let mut connection = PgConnection::connect(&postgres.url).await?;
        // One by one: in a transaction they are refused.
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

/// Runs the command to its end.
pub(crate) async fn roost(arguments: &[&str]) -> Result<()> {
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
pub(crate) fn command() -> Command {
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
