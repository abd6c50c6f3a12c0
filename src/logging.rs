//! Where do log lines go, and how do they look?

use std::io::IsTerminal;

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// What the replication client says comes back as an error too, and is logged once, by the follower.
/// Stands before the filter of the configuration, which can so ask for it.
const QUIET: &str = "pgwire_replication=off";

/// Sends log lines to stderr from here on; stdout belongs to what a subcommand prints.
pub(crate) fn start(config: &Config) -> anyhow::Result<()> {
    let filter =
        EnvFilter::try_new(format!("{QUIET},{}", config.log)).context("log is not a filter")?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // It would be told to stderr, which is what can't be written.
        .log_internal_errors(false);
    match config.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    }
    .map_err(|error| anyhow::anyhow!(error))
    .context("cannot start logging")
}
