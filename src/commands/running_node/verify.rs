//! `roost verify`: compares the index with the tables.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use roost_engine::{Reader, Store, StoreError, StoreOptions};
use roost_indexer::{Difference, Follower, PartReport, Report, VerifyConfig};

use crate::config::{Config, IndexKeys, KeyFlags};
use crate::startup::configure;
use crate::{node, shutdown};

/// The flags of `roost verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyFlags {
    #[command(flatten)]
    config: KeyFlags<IndexKeys>,
    /// How long to wait until the index reaches the position of the comparison
    #[arg(long, value_name = "S", default_value_t = 60)]
    wait_s: u64,
}

/// Runs `roost verify`.
pub(crate) async fn run(flags: VerifyFlags) -> anyhow::Result<ExitCode> {
    let config = configure(flags.config)?;
    let database_url = config.database_url()?;
    let (reader, follower) = open(&config, database_url)?;
    let verify = VerifyConfig {
        database: database_url.parse()?,
        tables: config.tables.clone(),
        reader,
        fetch_memory_state: match &follower {
            Some(follower) => follower.memory_state().into_fetch(),
            None => node::fetch_from_node(&config.data_dir),
        },
        follower,
        wait: Duration::from_secs(flags.wait_s),
    };
    let shutdown = shutdown::on_signal()?;
    let report = tokio::select! {
        report = roost_indexer::verify(verify) => report.context("cannot compare the index with the tables")?,
        () = shutdown.cancelled() => anyhow::bail!("stopped by a signal"),
    };
    print(&report);
    Ok(if report.is_equal() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Opens the index, and a follower if no running node has one.
fn open(config: &Config, database_url: &str) -> anyhow::Result<(Reader, Option<Follower>)> {
    let folder: &Path = &config.data_dir;
    let message = || format!("cannot read the index in data_dir {}", folder.display());
    let collections = config.engine_collections();
    // First, because opening for writing would create a missing index.
    let reader = Store::open_read_only(folder, &collections).with_context(message)?;
    let writer = match Store::open(folder, &collections, &StoreOptions::default()) {
        Ok((writer, _)) => writer,
        Err(StoreError::Locked(_)) => return Ok((reader, None)),
        Err(error) => return Err(error).with_context(message),
    };
    note!(
        "No node is running over {}: bringing the index up to date first.",
        folder.display()
    );
    let follower = Follower::new(config.follow(database_url)?, writer);
    Ok((reader, Some(follower)))
}

fn print(report: &Report) {
    say!(
        "Compared at position {}, signals of landlords and documents at {}:",
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
        Difference::Missing(key) => say!("  {key} is missing from the index"),
        Difference::Rejected(error) => say!("  a row cannot be indexed: {error}"),
        Difference::Extra(key) => say!("  {key} is in the index but not in the table"),
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
