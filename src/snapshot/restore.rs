//! Restores a snapshot as the index of a node.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use indicatif::HumanBytes;
use roost_engine::Store;
use roost_indexer::{FollowConfig, Handover};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use super::manifest::{Manifest, SavedFile};
use super::storage::Storage;
use crate::config::Config;
use crate::shutdown::run_until;

/// The folder in the data folder where downloaded files wait until all are complete.
const DOWNLOAD_FOLDER: &str = ".restoring";

/// Restores a snapshot, by default the newest, into the data folder of this configuration.
pub(crate) async fn restore(
    config: &Config,
    storage: &Storage,
    id: Option<&str>,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let data_dir = &config.data_dir;
    check_empty(data_dir)?;
    let follow = config.follow(config.database_url()?)?;
    let manifest = run_until(shutdown, choose(storage, id)).await?;
    check_collections(config, &manifest)?;
    let message = || format!("cannot restore snapshot {}", manifest.id);
    let fetched = run_until(shutdown, fetch(config, follow, storage, &manifest)).await;
    let (mut handover, download) = fetched.with_context(message)?;
    // The rest is short and must not be interrupted.
    let (from, to) = (download.0.clone(), data_dir.clone());
    let collections = config.engine_collections();
    let adopted = async {
        let checkpoint = handover.complete().await?;
        spawn_blocking(move || Store::adopt_commit(&from, &collections, checkpoint, &to)).await??;
        anyhow::Ok(())
    };
    if let Err(error) = adopted.await {
        if let Err(error) = handover.abort().await {
            tracing::error!(%error, "cannot drop the slot created for the restore");
        }
        return Err(error).with_context(message);
    }
    say!(
        "Restored snapshot {} into {}: {}. `roost serve` continues from position {} on slot {}.",
        manifest.id,
        data_dir.display(),
        manifest.contents(),
        manifest.checkpoint.position,
        config.slot,
    );
    Ok(())
}

fn check_empty(data_dir: &Path) -> anyhow::Result<()> {
    let entries = match fs::read_dir(data_dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries,
    };
    let names = entries.and_then(|entries| {
        entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<_>>>()
    });
    let folder = data_dir.display();
    let mut names = names.with_context(|| format!("cannot read data_dir {folder}"))?;
    names.sort();
    ensure!(
        names.is_empty(),
        "data_dir {folder} is not empty, it contains {}: expected an empty or missing folder",
        names.join(", ")
    );
    Ok(())
}

fn check_collections(config: &Config, manifest: &Manifest) -> anyhow::Result<()> {
    let mut expected: Vec<&str> = config
        .collections
        .iter()
        .map(|it| it.declaration.name)
        .collect();
    expected.sort_unstable();
    let saved: Vec<&str> = manifest.documents.keys().map(String::as_str).collect();
    ensure!(
        saved == expected,
        "snapshot {} has the collections {}, and the configuration declares {}: expected the same",
        manifest.id,
        saved.join(", "),
        expected.join(", ")
    );
    Ok(())
}

async fn choose(storage: &Storage, id: Option<&str>) -> anyhow::Result<Manifest> {
    let ids = Manifest::ids(storage).await?;
    let chosen = match id {
        None => ids.last(),
        Some(id) => ids.iter().find(|it| *it == id),
    };
    let Some(chosen) = chosen else {
        match id {
            Some(id) => bail!("there is no snapshot {id} in {}", storage.url()),
            None => bail!("there is no snapshot in {}", storage.url()),
        }
    };
    let manifest = Manifest::read(storage, chosen).await?;
    let (found, expected) = (manifest.index_format, Store::FORMAT_VERSION);
    ensure!(
        found == expected,
        "snapshot {chosen} was saved by roost {} with index format {found}, but this version reads \
         format {expected}: start the node without it, and it copies the tables",
        manifest.roost
    );
    Ok(manifest)
}

/// Downloads the files of a snapshot, after checking that this node can continue from it.
async fn fetch(
    config: &Config,
    follow: FollowConfig,
    storage: &Storage,
    manifest: &Manifest,
) -> anyhow::Result<(Handover, Download)> {
    let slot = manifest.slot.as_deref();
    let handover = Handover::prepare(follow, &manifest.checkpoint, slot).await?;
    let download = Download::create(&config.data_dir)?;
    for file in &manifest.files {
        let fetched = fetch_file(storage, file, &download.0).await;
        fetched.with_context(|| format!("it needs {}", HumanBytes(manifest.bytes())))?;
    }
    Ok((handover, download))
}

/// Downloads a file and compares it with its manifest entry.
async fn fetch_file(storage: &Storage, file: &SavedFile, folder: &Path) -> anyhow::Result<()> {
    let to = folder.join(&file.path);
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
    }
    let stored_as = file.stored_as();
    let (bytes, sha256) = storage.download(&stored_as, &to).await?.finish();
    ensure!(
        (bytes, &sha256) == (file.bytes, &file.sha256),
        "{stored_as} in {}, which is {}, is damaged: it has {bytes} bytes with SHA-256 {sha256}, \
         expected {} with {}",
        storage.url(),
        file.path,
        file.bytes,
        file.sha256
    );
    Ok(())
}

/// The folder of downloaded files, deleted on drop.
struct Download(PathBuf);

impl Download {
    fn create(data_dir: &Path) -> anyhow::Result<Download> {
        let folder = data_dir.join(DOWNLOAD_FOLDER);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Download(folder))
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "cannot delete downloaded files");
        }
    }
}
