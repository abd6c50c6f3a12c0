//! How is a running node asked for something by another process of its machine?
//!
//! By a file in its data folder, which it looks for and removes: whoever may write there could as
//! well delete the index. Why not by the API:
//! `docs/decisions/0018-rebuild-beside-the-current-index.md`.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::time::sleep;

/// The file that asks for one thing.
pub(crate) struct Marker(PathBuf);

/// By then a node has looked, however busy it is.
const TAKEN_MAX: Duration = Duration::from_secs(30);
/// Between two looks whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl Marker {
    pub(crate) fn new(data_dir: &Path, name: &str) -> Marker {
        Marker(data_dir.join(name))
    }

    /// Asks, and waits until the node has heard. `busy` is what keeps a node from hearing.
    pub(crate) async fn ask(&self, busy: &str) -> anyhow::Result<()> {
        let written = tokio::fs::write(&self.0, []).await;
        written.with_context(|| format!("cannot write {}", self.0.display()))?;
        let asked_at = Instant::now();
        while tokio::fs::try_exists(&self.0).await? {
            if asked_at.elapsed() > TAKEN_MAX {
                // Nobody is to find it later.
                self.remove().await?;
                bail!(
                    "no node has taken {} within {} s: expected data_dir of a running node, which {busy}",
                    self.0.display(),
                    TAKEN_MAX.as_secs()
                );
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// Whether somebody asks and has not been heard yet.
    pub(crate) async fn is_there(&self) -> bool {
        tokio::fs::try_exists(&self.0).await.unwrap_or(false)
    }

    /// Lets who asked know that the node has heard. Who has asked no more is of no matter.
    pub(crate) async fn remove(&self) -> io::Result<()> {
        match tokio::fs::remove_file(&self.0).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}
