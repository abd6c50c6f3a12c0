//! `roost snapshot`: saves, restores and lists snapshots of the index.

use clap::{Args, Subcommand};
use indicatif::HumanBytes;

use crate::config::{IndexKeys, KeyFlags};
use crate::shutdown;
use crate::snapshot::{Manifest, Storage, delete_all_but, restore, save};
use crate::startup::configure;
use crate::terminal::print_table;

/// The subcommands of `roost snapshot`.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Save the index of a running or stopped node
    ///
    /// Uploads only the files that the storage does not have yet. Only one save at a time may write
    /// to a storage.
    Save(SaveFlags),
    /// Start from a snapshot instead of a copy of the tables
    ///
    /// The data folder must be empty. The configured slot must still have every change after the
    /// snapshot; if it does not exist, it is created as a copy of the slot that retains the WAL for
    /// the snapshot.
    Restore(RestoreFlags),
    /// List the snapshots of a storage, oldest first
    List {
        /// The storage: a folder, file:///folder or s3://bucket/folder
        url: String,
    },
}

/// The flags of `roost snapshot save`.
#[derive(Debug, Args)]
pub(crate) struct SaveFlags {
    /// The storage: a folder, file:///folder or s3://bucket/folder
    url: String,
    /// Make Postgres retain its WAL from the snapshot on, so that a node can continue from it
    ///
    /// Creates a slot with the name of the node's slot and the suffix _snapshot, or advances it to
    /// the new snapshot.
    #[arg(long)]
    retain_wal: bool,
    /// Then delete all but the newest N snapshots of the storage
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
    #[command(flatten)]
    config: KeyFlags<IndexKeys>,
}

/// The flags of `roost snapshot restore`.
#[derive(Debug, Args)]
pub(crate) struct RestoreFlags {
    /// The storage: a folder, file:///folder or s3://bucket/folder
    url: String,
    /// The id of the snapshot [default: the newest]
    #[arg(long, value_name = "ID")]
    snapshot: Option<String>,
    #[command(flatten)]
    config: KeyFlags<IndexKeys>,
}

/// Runs `roost snapshot`.
pub(crate) async fn run(action: Action) -> anyhow::Result<()> {
    let shutdown = shutdown::on_signal()?;
    match action {
        Action::Save(flags) => {
            let config = configure(flags.config)?;
            let storage = Storage::create(&flags.url)?;
            save(&config, &storage, flags.retain_wal, &shutdown).await?;
            match flags.keep {
                Some(count) => delete_all_but(&storage, count as usize).await,
                None => Ok(()),
            }
        }
        Action::Restore(flags) => {
            let config = configure(flags.config)?;
            let storage = Storage::open(&flags.url)?;
            restore(&config, &storage, flags.snapshot.as_deref(), &shutdown).await
        }
        Action::List { url } => shutdown::run_until(&shutdown, list(&Storage::open(&url)?)).await,
    }
}

async fn list(storage: &Storage) -> anyhow::Result<()> {
    let ids = Manifest::ids(storage).await?;
    if ids.is_empty() {
        say!("There is no snapshot in {}.", storage.url());
        return Ok(());
    }
    let headings = [
        "SNAPSHOT",
        "SAVED",
        "POSITION",
        "DOCUMENTS",
        "SIZE",
        "WAL RETAINED BY",
    ];
    let mut rows = vec![headings.map(str::to_owned)];
    for id in ids {
        let manifest = Manifest::read(storage, &id).await?;
        rows.push([
            id,
            manifest.saved_at.clone(),
            manifest.checkpoint.position.to_string(),
            manifest.contents(),
            HumanBytes(manifest.bytes()).to_string(),
            manifest.slot.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    print_table(&rows);
    Ok(())
}
