//! What every subcommand does first: read the configuration and start the log.

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, Flags, Layers, LogFormat};

/// The follower logs the errors of the replication client, and each task of a job its own, so the
/// lines of these libraries would repeat them. Comes before the configured filter, which can turn
/// them on.
const QUIET: &str = "pgwire_replication=off,graphile_worker=error";

/// Reads and checks the configuration, and starts the log accordingly.
pub(crate) fn configure(flags: impl Into<Flags>) -> anyhow::Result<Config> {
    let layers = Layers::read(&flags.into())?;
    let config = layers.check()?;
    start_log(&config)?;
    if let Some(variables) = layers.ignored_variables() {
        tracing::warn!(
            variables,
            "ignored environment variables that are not settings"
        );
    }
    Ok(config)
}

/// Writes log lines to stderr; stdout belongs to the output of the subcommand.
fn start_log(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", config.log))
        .context("log is not a valid filter")?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Internal errors would go to stderr, which is what failed.
        .log_internal_errors(false);
    match config.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    }
    .map_err(|error| anyhow::anyhow!(error))
    .context("cannot start the log")
}
