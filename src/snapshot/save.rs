//! How does a snapshot come into being?

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::SystemTime;

use anyhow::Context;
use indicatif::HumanBytes;
use roost_engine::{Checkpoint, Collection, PinnedCommit, PinnedFile, Store};
use roost_indexer::{RetainedWal, followed_slot};
use sqlx::types::chrono::{DateTime, Utc};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::digest::Digest;
use super::manifest::{FILES, Manifest, SavedFile};
use super::place::Place;
use super::unless_stopped;
use crate::config::Config;
use crate::serve;

/// Saves the newest commit of the index, of a running node or of a stopped one.
pub(crate) async fn save(
    config: &Config,
    place: &Place,
    hold_log: bool,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let (commit, checkpoint) = pin_commit(&config.data_dir).await?;
    if !hold_log {
        let slot = followed_slot(&checkpoint)?;
        unless_stopped(shutdown, upload(place, commit, checkpoint, None)).await?;
        say!(
            "Nothing holds Postgres's log for it: a node can go on from it only as long as slot {slot}, \
             or another, has not moved past its position. With --hold-log one is kept for it."
        );
        return Ok(());
    }
    drop(commit);
    let follow = serve::follow_config(config, config.database_url()?)?;
    let mut hold = RetainedWal::begin(&follow, &checkpoint)
        .await
        .context("cannot hold the log")?;
    let saved = async {
        // What is committed by now is not behind the slot.
        let (commit, checkpoint) = pin_commit(&config.data_dir).await?;
        let position = checkpoint.position;
        hold.check(position).await?;
        upload(place, commit, checkpoint, Some(hold.slot().to_string())).await?;
        anyhow::Ok(position)
    };
    match unless_stopped(shutdown, saved).await {
        Ok(position) => {
            say!("Slot {} holds Postgres's log for it.", hold.slot());
            hold.keep(position).await?;
            Ok(())
        }
        Err(error) => {
            if let Err(error) = hold.abort().await {
                tracing::error!(%error, "the slot that was to hold the log stays");
            }
            Err(error)
        }
    }
}

/// Removes all snapshots but the newest, and the files that no other has.
pub(crate) async fn forget_all_but(place: &Place, newest: usize) -> anyhow::Result<()> {
    let mut old = Manifest::ids(place).await?;
    let kept = old.split_off(old.len().saturating_sub(newest));
    let mut needed = BTreeSet::new();
    for id in &kept {
        // One that can't be read may need any file, so nothing is removed then.
        let manifest = Manifest::read(place, id).await?;
        needed.extend(manifest.files.into_iter().map(|file| file.sha256));
    }
    for id in &old {
        Manifest::remove(place, id).await?;
        say!("Removed snapshot {id}");
    }
    for name in place.list(FILES).await?.into_keys() {
        if !needed.contains(&name) {
            place.remove(&format!("{FILES}/{name}")).await?;
        }
    }
    Ok(())
}

async fn pin_commit(data_dir: &Path) -> anyhow::Result<(PinnedCommit, Checkpoint)> {
    let folder = data_dir.to_owned();
    let held = spawn_blocking(move || Store::pin_commit(&folder)).await?;
    let named = || format!("cannot read the index in data_dir {}", data_dir.display());
    let held = held.with_context(named)?;
    let checkpoint = held.checkpoint.clone();
    let checkpoint = checkpoint.with_context(|| {
        format!(
            "the index in data_dir {} has no whole copy of the tables yet",
            data_dir.display()
        )
    })?;
    Ok((held, checkpoint))
}

async fn upload(
    place: &Place,
    commit: PinnedCommit,
    checkpoint: Checkpoint,
    held_by: Option<String>,
) -> anyhow::Result<()> {
    let mut there = place.list(FILES).await?;
    let (mut files, mut new, mut new_bytes) = (Vec::new(), 0, 0);
    for file in commit.files {
        let saved = SavedFile::of(place, &mut there, file).await?;
        new += usize::from(saved.1);
        new_bytes += if saved.1 { saved.0.bytes } else { 0 };
        files.push(saved.0);
    }
    let now = DateTime::<Utc>::from(SystemTime::now());
    let manifest = Manifest {
        format: Manifest::FORMAT,
        id: format!(
            "{}-{:016X}",
            now.format("%Y%m%dT%H%M%SZ"),
            checkpoint.position.0
        ),
        saved_at: now.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        roost: env!("CARGO_PKG_VERSION").to_owned(),
        index_format: Store::FORMAT_VERSION,
        checkpoint,
        held_by,
        documents: counts(&commit.documents),
        files,
    };
    manifest.write(place).await?;
    say!(
        "Saved snapshot {} at position {} to {}: {}, {} files of {}, of which {new} of {} are new.",
        manifest.id,
        manifest.checkpoint.position,
        place.url(),
        manifest.contents(),
        manifest.files.len(),
        HumanBytes(manifest.bytes()),
        HumanBytes(new_bytes),
    );
    Ok(())
}

fn counts(documents: &[(Collection, u64)]) -> BTreeMap<String, u64> {
    let named = documents.iter();
    let named = named.map(|(collection, count)| (collection.name().to_owned(), *count));
    named.collect()
}

impl SavedFile {
    /// Uploads a file, unless one of the same content is there, and says whether it was new.
    async fn of(
        place: &Place,
        there: &mut BTreeMap<String, u64>,
        held: PinnedFile,
    ) -> anyhow::Result<(SavedFile, bool)> {
        let path = format!("{}/{}", held.collection.name(), held.name);
        let mut file = held.file;
        let digested = spawn_blocking(move || Digest::of(&mut file).map(|digest| (digest, file)));
        let named = || format!("cannot read {path} of the index");
        let (digest, file) = digested.await?.with_context(named)?;
        let (bytes, sha256) = digest.finish();
        let saved = SavedFile {
            path,
            bytes,
            sha256,
        };
        let is_new = there.get(&saved.sha256) != Some(&bytes);
        if is_new {
            place.upload(&saved.stored_as(), file).await?;
            there.insert(saved.sha256.clone(), bytes);
        }
        Ok((saved, is_new))
    }
}
