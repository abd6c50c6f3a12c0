//! How is a running node asked for a new index?

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use roost_api::{RebuildPhase, RebuildReport};
use roost_indexer::{Rebuild, RebuildHandle};
use tokio::time::{interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::marker::Marker;
use crate::status::{self, Rebuilding};

/// The file that asks for a new index.
const MARKER: &str = "reindex";
/// Between two looks of the node for that file.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Between two looks at the node's progress.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// Between two lines about the same.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// Runs `roost reindex`.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    status::of_node(config).await?;
    let marker = Marker::new(&config.data_dir, MARKER);
    marker.ask("does not make a new index already").await?;
    let mut shown: Option<(RebuildPhase, Instant)> = None;
    loop {
        let rebuild = status::of_node(config).await?.rebuild;
        let rebuild = rebuild.context("the node was started anew meanwhile: ask it again")?;
        match rebuild.phase {
            RebuildPhase::Failed => bail!(rebuild.reason.unwrap_or_default()),
            RebuildPhase::Done => break,
            _ => {}
        }
        let is_news =
            shown.is_none_or(|(phase, at)| phase != rebuild.phase || at.elapsed() >= SAY_EVERY);
        if is_news {
            say!("{}", Rebuilding(&rebuild));
            shown = Some((rebuild.phase, Instant::now()));
        }
        sleep(ASK_EVERY).await;
    }
    say!("Searches see the new index.");
    Ok(())
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
