//! Saves the newest commit of an index as a snapshot.

use std::collections::{BTreeMap, BTreeSet};
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
use super::storage::Storage;
use crate::config::Config;
use crate::shutdown::run_until;

/// Saves the newest commit of the index, whether its node is running or stopped.
pub(crate) async fn save(
    config: &Config,
    storage: &Storage,
    retain_wal: bool,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let (commit, checkpoint) = pin_commit(config).await?;
    if !retain_wal {
        let slot = followed_slot(&checkpoint)?;
        run_until(shutdown, upload(storage, commit, checkpoint, None)).await?;
        say!(
            "No slot retains WAL for this snapshot: a node can continue from it only until slot {slot} \
             moves past its position. Use --retain-wal to keep a slot for it."
        );
        return Ok(());
    }
    drop(commit);
    let follow = config.follow(config.database_url()?)?;
    let mut retained = RetainedWal::begin(&follow, &checkpoint)
        .await
        .context("cannot retain WAL for the snapshot")?;
    let saved = async {
        // Pinned after the slot exists, so that the commit is not older than the slot.
        let (commit, checkpoint) = pin_commit(config).await?;
        let position = checkpoint.position;
        retained.check(position).await?;
        let slot = retained.slot().to_string();
        upload(storage, commit, checkpoint, Some(slot)).await?;
        anyhow::Ok(position)
    };
    match run_until(shutdown, saved).await {
        Ok(position) => {
            say!("Slot {} retains WAL for this snapshot.", retained.slot());
            retained.keep(position).await?;
            Ok(())
        }
        Err(error) => {
            if let Err(error) = retained.abort().await {
                tracing::error!(%error, "cannot drop the slot created for the snapshot");
            }
            Err(error)
        }
    }
}

/// Deletes all snapshots but the newest `count`, and the files that only they use.
pub(crate) async fn delete_all_but(storage: &Storage, count: usize) -> anyhow::Result<()> {
    let mut old = Manifest::ids(storage).await?;
    let kept = old.split_off(old.len().saturating_sub(count));
    let mut used = BTreeSet::new();
    for id in &kept {
        // A manifest that cannot be read may list any file, so the error ends this before a
        // deletion.
        let manifest = Manifest::read(storage, id).await?;
        used.extend(manifest.files.into_iter().map(|file| file.sha256));
    }
    for id in &old {
        Manifest::delete(storage, id).await?;
        say!("Deleted snapshot {id}");
    }
    for name in storage.list(FILES).await?.into_keys() {
        if !used.contains(&name) {
            storage.delete(&format!("{FILES}/{name}")).await?;
        }
    }
    Ok(())
}

async fn pin_commit(config: &Config) -> anyhow::Result<(PinnedCommit, Checkpoint)> {
    let data_dir = &config.data_dir;
    let (folder, collections) = (data_dir.clone(), config.engine_collections());
    let commit = spawn_blocking(move || Store::pin_commit(&folder, &collections)).await?;
    let message = || format!("cannot read the index in data_dir {}", data_dir.display());
    let commit = commit.with_context(message)?;
    let checkpoint = commit.checkpoint.clone();
    let checkpoint = checkpoint.with_context(|| {
        format!(
            "the index in data_dir {} has no complete copy of the tables yet",
            data_dir.display()
        )
    })?;
    Ok((commit, checkpoint))
}

async fn upload(
    storage: &Storage,
    commit: PinnedCommit,
    checkpoint: Checkpoint,
    slot: Option<String>,
) -> anyhow::Result<()> {
    let mut stored = storage.list(FILES).await?;
    let (mut files, mut new_count, mut new_bytes) = (Vec::new(), 0, 0);
    for file in commit.files {
        let (file, is_new) = upload_file(storage, &mut stored, file).await?;
        new_count += usize::from(is_new);
        new_bytes += if is_new { file.bytes } else { 0 };
        files.push(file);
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
        slot,
        documents: counts(&commit.documents),
        files,
    };
    manifest.write(storage).await?;
    say!(
        "Saved snapshot {} at position {} to {}: {}, {} files with {}, of which {new_count} with {} \
         are new.",
        manifest.id,
        manifest.checkpoint.position,
        storage.url(),
        manifest.contents(),
        manifest.files.len(),
        HumanBytes(manifest.bytes()),
        HumanBytes(new_bytes),
    );
    Ok(())
}

fn counts(documents: &[(Collection, u64)]) -> BTreeMap<String, u64> {
    documents
        .iter()
        .map(|(collection, count)| (collection.name().to_owned(), *count))
        .collect()
}

/// Uploads a file unless the storage has its content, and returns whether it was new.
async fn upload_file(
    storage: &Storage,
    stored: &mut BTreeMap<String, u64>,
    pinned: PinnedFile,
) -> anyhow::Result<(SavedFile, bool)> {
    let path = format!("{}/{}", pinned.collection.name(), pinned.name);
    let mut file = pinned.file;
    let digested = spawn_blocking(move || Digest::of(&mut file).map(|digest| (digest, file)));
    let message = || format!("cannot read {path} of the index");
    let (digest, file) = digested.await?.with_context(message)?;
    let (bytes, sha256) = digest.finish();
    let saved = SavedFile {
        path,
        bytes,
        sha256,
    };
    let is_new = stored.get(&saved.sha256) != Some(&bytes);
    if is_new {
        storage.upload(&saved.stored_as(), file).await?;
        stored.insert(saved.sha256.clone(), bytes);
    }
    Ok((saved, is_new))
}
