//! The file `node.json` in the data folder: where the running node answers, and the token that its
//! internal routes require.
//!
//! Only the node's user can read it. A user who may write the folder could as well delete the
//! index, so the token gives no power that its readers lack.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use roost_api::Token;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How another command of this machine reaches the node.
#[derive(Serialize, Deserialize)]
pub(crate) struct NodeFile {
    /// Where the API listens.
    pub(crate) address: SocketAddr,
    pub(crate) token: String,
}

const NAME: &str = "node.json";
const OWNER_ONLY: u32 = 0o600;
/// A full disk may have space again by then.
const RETRY_EVERY: Duration = Duration::from_secs(1);

impl NodeFile {
    pub(crate) fn new(address: SocketAddr, token: &Token) -> NodeFile {
        NodeFile {
            address,
            token: token.as_str().to_owned(),
        }
    }

    /// Reads the file; `None` if there is none, as no node has started or the last one has stopped.
    pub(crate) fn read(data_dir: &Path) -> io::Result<Option<NodeFile>> {
        match fs::read(data_dir.join(NAME)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes the file, and removes it when the node stops. After a crash it stays, and the next
    /// start replaces it.
    pub(crate) async fn keep(self, data_dir: PathBuf, shutdown: CancellationToken) {
        let mut has_warned = false;
        while let Err(error) = self.write(&data_dir) {
            if !has_warned {
                tracing::warn!(
                    data_dir = %data_dir.display(),
                    %error,
                    "cannot write node.json, which `roost verify` needs; will try again"
                );
                has_warned = true;
            }
            tokio::select! {
                () = sleep(RETRY_EVERY) => {}
                () = shutdown.cancelled() => return,
            }
        }
        shutdown.cancelled().await;
        if let Err(error) = fs::remove_file(data_dir.join(NAME)) {
            tracing::warn!(data_dir = %data_dir.display(), %error, "cannot remove node.json");
        }
    }

    /// Replaces the file in one step, so that no reader sees half of it.
    fn write(&self, data_dir: &Path) -> io::Result<()> {
        let part = data_dir.join(format!("{NAME}.part"));
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(OWNER_ONLY)
            .open(&part)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        fs::rename(&part, data_dir.join(NAME))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_file_is_replaced_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(NodeFile::read(folder.path()).unwrap().is_none());
        for port in [80, 81] {
            let token = Token::random();
            let written = NodeFile::new(SocketAddr::from(([127, 0, 0, 1], port)), &token);
            written.write(folder.path()).unwrap();
            let read = NodeFile::read(folder.path()).unwrap().unwrap();
            assert_eq!(read.address.port(), port);
            assert_eq!(read.token, token.as_str());
        }
        let mode = fs::metadata(folder.path().join(NAME))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, OWNER_ONLY);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
