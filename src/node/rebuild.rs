//! Rebuild requests from other processes of this machine, and their progress in the API's terms.

use std::path::Path;
use std::time::Duration;

use roost_api::{RebuildPhase, RebuildReport};
use roost_indexer::{Rebuild, RebuildHandle};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use super::request_file::RequestFile;

/// The name of the request file.
const REQUEST_FILE: &str = "reindex";
/// How often the node polls for that file.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Requests a new index from the node over this folder, and waits until the node has seen the
/// request.
pub(crate) async fn request(data_dir: &Path) -> anyhow::Result<()> {
    let request = RequestFile::new(data_dir, REQUEST_FILE);
    request.send("is not rebuilding its index already").await
}

/// Polls for rebuild requests until `shutdown`.
pub(crate) async fn watch(data_dir: &Path, rebuilds: &RebuildHandle, shutdown: CancellationToken) {
    let request = RequestFile::new(data_dir, REQUEST_FILE);
    let mut polls = interval(POLL_INTERVAL);
    loop {
        tokio::select! {
            _ = polls.tick() => {}
            () = shutdown.cancelled() => return,
        }
        let is_busy = rebuilds.last().as_ref().is_some_and(Rebuild::is_pending);
        if is_busy || !request.exists().await {
            continue;
        }
        // The sender reads the status as soon as the file is gone.
        rebuilds.request();
        if let Err(error) = request.remove().await {
            tracing::error!(
                data_dir = %data_dir.display(),
                error = %error,
                "cannot remove the rebuild request; rebuilds can no longer be requested"
            );
            return;
        }
    }
}

/// The progress of a rebuild as the API reports it.
pub(crate) fn report(rebuild: &Rebuild) -> RebuildReport {
    let phase = match rebuild {
        Rebuild::Requested => RebuildPhase::Requested,
        Rebuild::Copying { .. } => RebuildPhase::Copying,
        Rebuild::CatchingUp => RebuildPhase::CatchingUp,
        Rebuild::Done => RebuildPhase::Done,
        Rebuild::Failed(_) => RebuildPhase::Failed,
    };
    let (table, rows, total) = match *rebuild {
        Rebuild::Copying { table, rows, total } => (Some(table.to_owned()), rows, total),
        _ => (None, 0, 0),
    };
    let reason = match rebuild {
        Rebuild::Failed(reason) => Some(reason.clone()),
        _ => None,
    };
    RebuildReport {
        phase,
        table,
        rows,
        total,
        reason,
    }
}
