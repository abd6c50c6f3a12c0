//! `roost postgres`: starts, stops and finds the private cluster of demos and tests.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};

use crate::postgres::{Cluster, Durability};

/// The subcommands of `roost postgres`.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Start the cluster, creating it if necessary, and print its URL
    #[command(
        after_help = "Prints only the URL to stdout, so a script can capture it:\n  \
                            DATABASE_URL=$(roost postgres start) roost migrate"
    )]
    Start {
        #[command(flatten)]
        cluster: ClusterFlags,
        /// For tests: faster, but a power failure may corrupt the cluster
        #[arg(long)]
        throwaway: bool,
    },
    /// Stop the cluster; its data stays
    Stop {
        #[command(flatten)]
        cluster: ClusterFlags,
        /// Then delete the cluster with all its data
        #[arg(long)]
        delete: bool,
    },
    /// Print the URL of the running cluster
    Url {
        #[command(flatten)]
        cluster: ClusterFlags,
    },
}

/// Selects a private cluster.
#[derive(Debug, Args)]
pub(crate) struct ClusterFlags {
    /// The folder of the cluster
    #[arg(long = "dir", value_name = "FOLDER", default_value = Cluster::DEFAULT_FOLDER)]
    folder: PathBuf,
}

/// Runs `roost postgres`.
pub(crate) async fn run(action: Action) -> anyhow::Result<()> {
    match action {
        Action::Start { cluster, throwaway } => {
            let durability = if throwaway {
                Durability::Throwaway
            } else {
                Durability::Full
            };
            say!(
                "{}",
                Cluster::start(&cluster.folder, durability).await?.url()
            );
        }
        Action::Stop { cluster, delete } => {
            let was_running = Cluster::stop(&cluster.folder)?;
            if delete {
                Cluster::delete(&cluster.folder)?;
            }
            let result = if was_running {
                "stopped"
            } else {
                "was not running"
            };
            let deleted = if delete { " and is deleted" } else { "" };
            note!(
                "The cluster in {} {result}{deleted}.",
                cluster.folder.display()
            );
        }
        Action::Url { cluster } => match Cluster::running(&cluster.folder)? {
            Some(running) => say!("{}", running.url()),
            None => bail!(
                "no cluster runs in {}: `roost postgres start` starts one",
                cluster.folder.display()
            ),
        },
    }
    Ok(())
}
