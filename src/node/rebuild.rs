//! Rebuild requests from other processes of this machine, and their progress in the API's terms.

use std::path::Path;
use std::time::Duration;

use roost_api::{RebuildPhase, RebuildReport};
use roost_indexer::{Rebuild, RebuildHandle};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use super::marker::Marker;

/// The file that asks for a new index.
const MARKER: &str = "reindex";
/// Between two looks of the node for that file.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Requests a new index from the node over this folder, and waits until the node has seen the
/// request.
pub(crate) async fn request(data_dir: &Path) -> anyhow::Result<()> {
    let marker = Marker::new(data_dir, MARKER);
    marker.ask("does not make a new index already").await
}

/// Looks for what asks for a new index, as long as the node runs.
pub(crate) async fn watch(data_dir: &Path, rebuilds: &RebuildHandle, shutdown: CancellationToken) {
    let marker = Marker::new(data_dir, MARKER);
    let mut looks = interval(LOOK_EVERY);
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            () = shutdown.cancelled() => return,
        }
        let is_busy = rebuilds.last().as_ref().is_some_and(Rebuild::is_pending);
        if is_busy || !marker.is_there().await {
            continue;
        }
        // Who asks looks at the status as soon as the file is gone.
        rebuilds.request();
        if let Err(error) = marker.remove().await {
            tracing::error!(
                data_dir = %data_dir.display(),
                error = %error,
                "cannot remove what asks for a new index; looking for it no more"
            );
            return;
        }
    }
}

/// What the follower says, in the API's words.
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
