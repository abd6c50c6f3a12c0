//! Does the index say what the tables say?

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use roost_engine::{Reader, Store, StoreError, StoreOptions};
use roost_indexer::{Difference, Follower, PartReport, Report, VerifyConfig};

use crate::config::Config;
use crate::flags::IndexFlags;
use crate::{held, serve, shutdown};

/// What `roost verify` takes.
#[derive(Debug, Args)]
pub(crate) struct VerifyFlags {
    #[command(flatten)]
    index: IndexFlags,
    /// How long the index may take to come to the position of the comparison
    #[arg(long, value_name = "S", default_value_t = 60)]
    wait_s: u64,
}

/// Runs `roost verify`.
pub(crate) async fn run(flags: VerifyFlags) -> anyhow::Result<ExitCode> {
    let config = flags.index.into_flags().start()?;
    let database_url = config.database_url()?;
    let (reader, follower) = open(&config, database_url)?;
    let verify = VerifyConfig {
        database: database_url.parse()?,
        reader,
        fetch_memory_state: match &follower {
            Some(follower) => follower.memory_state().into_fetch(),
            None => held::ask_node(&config.data_dir),
        },
        follower,
        wait: Duration::from_secs(flags.wait_s),
    };
    let shutdown = shutdown::on_signal()?;
    let report = tokio::select! {
        report = roost_indexer::verify(verify) => report.context("cannot compare")?,
        () = shutdown.cancelled() => anyhow::bail!("stopped before the comparison was done"),
    };
    print(&report);
    Ok(if report.is_equal() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The index, and a follower where no running node has one.
fn open(config: &Config, database_url: &str) -> anyhow::Result<(Reader, Option<Follower>)> {
    let folder: &Path = &config.data_dir;
    let named = || format!("cannot read the index in data_dir {}", folder.display());
    // First, since opening for writing would make an index where there is none.
    let reader = Store::open_read_only(folder).with_context(named)?;
    let writer = match Store::open(folder, &StoreOptions::default()) {
        Ok((writer, _)) => writer,
        Err(StoreError::Locked(_)) => return Ok((reader, None)),
        Err(error) => return Err(error).with_context(named),
    };
    note!(
        "No node runs over {}: bringing the index up to date first.",
        folder.display()
    );
    let follower = Follower::new(serve::follow_config(config, database_url)?, writer);
    Ok((reader, Some(follower)))
}

fn print(report: &Report) {
    say!(
        "Compared at position {}, signals and nights at {}:",
        report.position,
        report.signals_position
    );
    for part in &report.parts {
        let PartReport {
            equal,
            missing,
            extra,
            different,
            ..
        } = part;
        say!(
            "{}: {equal} equal, {missing} missing, {extra} extra, {different} different",
            part.part.name()
        );
        part.examples.iter().for_each(print_difference);
    }
    say!(
        "{}",
        if report.is_equal() {
            "Equal."
        } else {
            "Not equal."
        }
    );
}

fn print_difference(difference: &Difference) {
    match difference {
        Difference::Missing(key) => say!("  {key} is missing in the index"),
        Difference::Refused(error) => say!("  a row cannot be indexed: {error}"),
        Difference::Extra(key) => say!("  {key} is in the index and not in the table"),
        Difference::Different(key, fields) => {
            for field in fields {
                say!(
                    "  {key}: {} is {} in the index, expected {}",
                    field.field,
                    field.found,
                    field.expected
                );
            }
        }
    }
}
