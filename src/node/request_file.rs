//! A file in the data folder by which another process of this machine sends a request to the node.
//!
//! The node polls for the file and removes it. Rebuilds are not requested over HTTP because the
//! API is public, and anyone who can write to the folder could delete the index anyway; see
//! `docs/decisions/0018-rebuild-beside-the-current-index.md`.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::time::sleep;

/// A request file.
pub(crate) struct RequestFile(PathBuf);

/// A running node removes the file within this time, even under load.
const REMOVED_WITHIN: Duration = Duration::from_secs(30);
/// How often the sender checks whether the file is gone.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

impl RequestFile {
    pub(crate) fn new(data_dir: &Path, name: &str) -> RequestFile {
        RequestFile(data_dir.join(name))
    }

    /// Writes the file and waits until the node has removed it. `condition` says which running node
    /// would, for the error if none does.
    pub(crate) async fn send(&self, condition: &str) -> anyhow::Result<()> {
        let written = tokio::fs::write(&self.0, []).await;
        written.with_context(|| format!("cannot write {}", self.0.display()))?;
        let sent_at = Instant::now();
        while tokio::fs::try_exists(&self.0).await? {
            if sent_at.elapsed() > REMOVED_WITHIN {
                // A node that starts later must not act on it.
                self.remove().await?;
                bail!(
                    "no node has read {} within {} s: expected data_dir of a running node that {condition}",
                    self.0.display(),
                    REMOVED_WITHIN.as_secs()
                );
            }
            sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    /// Whether a request waits.
    pub(crate) async fn exists(&self) -> bool {
        tokio::fs::try_exists(&self.0).await.unwrap_or(false)
    }

    /// Removes the file, which the sender waits for. It may be gone if the sender has timed out.
    pub(crate) async fn remove(&self) -> io::Result<()> {
        match tokio::fs::remove_file(&self.0).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}
