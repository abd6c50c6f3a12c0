//! How does a snapshot become the index of a node?

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
use super::place::Place;
use super::unless_stopped;
use crate::config::Config;
use crate::serve;

/// Where files wait in the data folder until all are there and checked. No index lies there.
const WAITING: &str = ".restoring";

/// Makes a snapshot, the newest if none is named, the index of the node of this configuration.
pub(crate) async fn restore(
    config: &Config,
    place: &Place,
    id: Option<&str>,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let data_dir = &config.data_dir;
    refuse_unless_empty(data_dir)?;
    let follow = serve::follow_config(config, config.database_url()?)?;
    let manifest = unless_stopped(shutdown, choose(place, id)).await?;
    let named = || format!("cannot restore snapshot {}", manifest.id);
    let fetched = unless_stopped(shutdown, fetch(config, follow, place, &manifest)).await;
    let (mut handover, waiting) = fetched.with_context(named)?;
    // From here on it is soon done, and not to be left half done.
    let (from, to) = (waiting.0.clone(), data_dir.clone());
    let adopted = async {
        let checkpoint = handover.complete().await?;
        spawn_blocking(move || Store::adopt_commit(&from, checkpoint, &to)).await??;
        anyhow::Ok(())
    };
    if let Err(error) = adopted.await {
        if let Err(error) = handover.abort().await {
            tracing::error!(%error, "the slot that was made stays");
        }
        return Err(error).with_context(named);
    }
    say!(
        "Restored snapshot {} into {}: {}. `roost serve` goes on from position {} by slot {}.",
        manifest.id,
        data_dir.display(),
        manifest.contents(),
        manifest.checkpoint.position,
        config.slot,
    );
    Ok(())
}

fn refuse_unless_empty(data_dir: &Path) -> anyhow::Result<()> {
    let entries = match fs::read_dir(data_dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries,
    };
    let names = entries.and_then(|entries| {
        entries
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect::<io::Result<Vec<_>>>()
    });
    let shown = data_dir.display();
    let mut names = names.with_context(|| format!("cannot look into data_dir {shown}"))?;
    names.sort();
    ensure!(
        names.is_empty(),
        "data_dir {shown} is not empty, it holds {}: expected an empty folder, or none",
        names.join(", ")
    );
    Ok(())
}

async fn choose(place: &Place, id: Option<&str>) -> anyhow::Result<Manifest> {
    let ids = Manifest::ids(place).await?;
    let chosen = match id {
        None => ids.last(),
        Some(id) => ids.iter().find(|it| *it == id),
    };
    let Some(chosen) = chosen else {
        match id {
            Some(id) => bail!("there is no snapshot {id} in {}", place.url()),
            None => bail!("there is no snapshot in {}", place.url()),
        }
    };
    let manifest = Manifest::read(place, chosen).await?;
    let (found, expected) = (manifest.index_format, Store::FORMAT_VERSION);
    ensure!(
        found == expected,
        "the index of snapshot {chosen}, which roost {} saved, is of format {found}, and this version \
         reads {expected}: start without it, and the node copies the tables",
        manifest.roost
    );
    Ok(manifest)
}

/// Gets all files of a snapshot that this node can go on from.
async fn fetch(
    config: &Config,
    follow: FollowConfig,
    place: &Place,
    manifest: &Manifest,
) -> anyhow::Result<(Handover, Waiting)> {
    let held_by = manifest.held_by.as_deref();
    let handover = Handover::prepare(follow, &manifest.checkpoint, held_by).await?;
    let waiting = Waiting::make(&config.data_dir)?;
    for file in &manifest.files {
        let fetched = fetch_file(place, file, &waiting.0).await;
        fetched.with_context(|| format!("it needs {}", HumanBytes(manifest.bytes())))?;
    }
    Ok((handover, waiting))
}

/// Gets a file and holds it to what the manifest says of it.
async fn fetch_file(place: &Place, file: &SavedFile, waiting: &Path) -> anyhow::Result<()> {
    let to = waiting.join(&file.path);
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let stored_as = file.stored_as();
    let (bytes, sha256) = place.download(&stored_as, &to).await?.finish();
    ensure!(
        (bytes, &sha256) == (file.bytes, &file.sha256),
        "{stored_as} in {}, which is {}, is damaged: it has {bytes} bytes with SHA-256 {sha256}, \
         expected {} with {}",
        place.url(),
        file.path,
        file.bytes,
        file.sha256
    );
    Ok(())
}

/// The folder of files that wait, gone at the end.
struct Waiting(PathBuf);

impl Waiting {
    fn make(data_dir: &Path) -> anyhow::Result<Waiting> {
        let folder = data_dir.join(WAITING);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(Waiting(folder))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(folder = %self.0.display(), %error, "files of a snapshot stay behind");
        }
    }
}
