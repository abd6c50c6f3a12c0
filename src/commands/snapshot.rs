//! How is an index kept elsewhere, and how does a new node begin with it?
//!
//! A place for snapshots, a folder or object storage, holds files called by their checksums, and a
//! manifest for each snapshot that names those of it:
//! `docs/decisions/0019-snapshots-share-files-and-a-slot-retains-the-wal.md`.

mod digest;
mod manifest;
mod place;
mod restore;
mod save;

use anyhow::bail;
use clap::{Args, Subcommand};
use indicatif::{HumanBytes, HumanCount};
use roost_engine::Collection;
use tokio_util::sync::CancellationToken;

use crate::flags::IndexFlags;
use crate::{columns, shutdown};
use manifest::Manifest;
use place::Place;

/// What can be done with snapshots.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Save the index of a node, running or stopped
    ///
    /// Only what the place does not have yet is written. One save at a time may write to a place.
    Save(SaveFlags),
    /// Begin with a snapshot instead of a copy of the tables
    ///
    /// The data folder must be empty, and the slot of this configuration must have every change behind
    /// the snapshot; where it is not there, it is made of the one that holds the log for the snapshot.
    Restore(RestoreFlags),
    /// Print the snapshots of a place, the oldest first
    List {
        /// Where they are: a folder, file:///folder or s3://bucket/folder
        url: String,
    },
}

/// What to save, and where.
#[derive(Debug, Args)]
pub(crate) struct SaveFlags {
    /// Where to: a folder, file:///folder or s3://bucket/folder
    url: String,
    /// Have Postgres keep its log from the snapshot on, so that a node can go on from it
    ///
    /// For this the slot of the node's name and _snapshot is made, or moved on to the newest snapshot.
    #[arg(long)]
    hold_log: bool,
    /// Remove all snapshots of the place but the newest so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    #[command(flatten)]
    index: IndexFlags,
}

/// Which snapshot, and for which node.
#[derive(Debug, Args)]
pub(crate) struct RestoreFlags {
    /// Where from: a folder, file:///folder or s3://bucket/folder
    url: String,
    /// Which one [default: the newest]
    #[arg(long, value_name = "NAME")]
    snapshot: Option<String>,
    #[command(flatten)]
    index: IndexFlags,
}

/// Runs `roost snapshot`.
pub(crate) async fn run(action: Action) -> anyhow::Result<()> {
    let shutdown = shutdown::on_signal()?;
    match action {
        Action::Save(flags) => {
            let config = flags.index.into_flags().start()?;
            let place = Place::make(&flags.url)?;
            save::save(&config, &place, flags.hold_log, &shutdown).await?;
            match flags.keep {
                Some(newest) => save::forget_all_but(&place, newest as usize).await,
                None => Ok(()),
            }
        }
        Action::Restore(flags) => {
            let config = flags.index.into_flags().start()?;
            let place = Place::find(&flags.url)?;
            restore::restore(&config, &place, flags.snapshot.as_deref(), &shutdown).await
        }
        Action::List { url } => unless_stopped(&shutdown, list(&Place::find(&url)?)).await,
    }
}

/// Does what may be broken off at any moment.
async fn unless_stopped<T>(
    shutdown: &CancellationToken,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    tokio::select! {
        done = work => done,
        () = shutdown.cancelled() => bail!("stopped before it was done"),
    }
}

async fn list(place: &Place) -> anyhow::Result<()> {
    let ids = Manifest::ids(place).await?;
    if ids.is_empty() {
        say!("There is no snapshot in {}.", place.url());
        return Ok(());
    }
    let head = [
        "SNAPSHOT",
        "SAVED",
        "POSITION",
        "ROOMS",
        "VENUES",
        "SIZE",
        "LOG HELD BY",
    ];
    let mut rows = vec![head.map(str::to_owned)];
    for id in ids {
        let manifest = Manifest::read(place, &id).await?;
        let count = |collection: Collection| {
            let count = manifest.documents.get(collection.name());
            HumanCount(count.copied().unwrap_or_default()).to_string()
        };
        rows.push([
            id,
            manifest.saved_at.clone(),
            manifest.checkpoint.position.to_string(),
            count(Collection::Rooms),
            count(Collection::Venues),
            HumanBytes(manifest.bytes()).to_string(),
            manifest.held_by.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    columns::print(&rows);
    Ok(())
}
