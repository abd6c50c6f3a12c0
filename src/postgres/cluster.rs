//! How is a private cluster made, started, found again and stopped?
//!
//! Nothing outside its folder is read or changed, so that no other cluster of the machine can be
//! harmed.

use std::fs::File;
use std::path::Path;

use anyhow::Context;

use super::account;
use super::folder::Folder;
use super::install;

/// The role that owns everything in a private cluster.
pub(super) const ROLE: &str = "roost";

/// Whether a cluster must survive a loss of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing that was committed is lost.
    Full,
    /// For tests: faster, and whole only as long as the machine runs.
    Throwaway,
}

/// A running private cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    port: u16,
    password: String,
    /// Whether this call started it, or an earlier run left it running.
    pub(crate) was_running: bool,
}

impl Cluster {
    /// The cluster at this path, made and started where that is needed.
    pub(crate) fn start(path: &Path, durability: Durability) -> anyhow::Result<Self> {
        let _lock = lock(path)?;
        let home = match account::existing(path)? {
            Some(home) => home,
            None => {
                // Looked for first: a missing server should leave no folder behind.
                install::usable_server()?;
                account::create(path)?
            }
        };
        let folder = Folder::open(home)?;
        folder.initialize()?;
        let was_running = folder.is_running()?;
        if !was_running {
            folder.start(durability)?;
        }
        Self::of(&folder, was_running)
    }

    /// The cluster at this path if it runs.
    pub(crate) fn running(path: &Path) -> anyhow::Result<Option<Self>> {
        let Some(home) = account::existing(path)? else {
            return Ok(None);
        };
        let folder = Folder::open(home)?;
        if folder.is_running()? {
            Self::of(&folder, true).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Stops the cluster at this path; says whether it ran.
    pub(crate) fn stop(path: &Path) -> anyhow::Result<bool> {
        let _lock = lock(path)?;
        let Some(home) = account::existing(path)? else {
            return Ok(false);
        };
        let folder = Folder::open(home)?;
        let was_running = folder.is_running()?;
        if was_running {
            folder.stop()?;
        }
        Ok(was_running)
    }

    /// Stops the cluster at this path and deletes it with all its data.
    pub(crate) fn delete(path: &Path) -> anyhow::Result<()> {
        Self::stop(path)?;
        if let Some(home) = account::existing(path)? {
            Folder::open(home)?.delete()?;
        }
        account::forget(path)
    }

    /// The address of one of the cluster's databases.
    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgres://{ROLE}:{}@127.0.0.1:{}/{database}",
            self.password, self.port
        )
    }

    fn of(folder: &Folder, was_running: bool) -> anyhow::Result<Self> {
        Ok(Self {
            port: folder.port()?,
            password: folder.password()?,
            was_running,
        })
    }
}

/// Holds off every other run that starts or stops the same cluster, until it is dropped.
fn lock(path: &Path) -> anyhow::Result<File> {
    let path = path.with_extension("lock");
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot create {}", parent.display()))?;
    }
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    file.lock()
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}
