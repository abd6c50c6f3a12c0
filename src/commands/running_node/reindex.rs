//! `roost reindex`: makes a running node rebuild its index, and shows the progress.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use roost_api::RebuildPhase;
use tokio::time::sleep;

use super::status::RebuildText;
use crate::client::node_status;
use crate::config::Config;
use crate::node;

const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// How often the same phase is printed again.
const REPEAT_INTERVAL: Duration = Duration::from_secs(5);

/// Runs `roost reindex`.
pub(crate) async fn run(config: &Config) -> anyhow::Result<()> {
    node_status(config).await?;
    node::request_rebuild(&config.data_dir).await?;
    let mut printed: Option<(RebuildPhase, Instant)> = None;
    loop {
        let rebuild = node_status(config).await?.rebuild;
        let rebuild = rebuild.context("the node was restarted meanwhile: run this again")?;
        match rebuild.phase {
            RebuildPhase::Failed => bail!(rebuild.reason.unwrap_or_default()),
            RebuildPhase::Done => break,
            _ => {}
        }
        let is_due = printed.is_none_or(|(phase, printed_at)| {
            phase != rebuild.phase || printed_at.elapsed() >= REPEAT_INTERVAL
        });
        if is_due {
            say!("{}", RebuildText(&rebuild));
            printed = Some((rebuild.phase, Instant::now()));
        }
        sleep(POLL_INTERVAL).await;
    }
    say!("Searches use the new index.");
    Ok(())
}
