//! Copies the tables of a database into an engine in this process.

use std::path::Path;

use anyhow::{Result, ensure};
use roost_collections::built_in;
use roost_engine::{Reader, Store, StoreOptions};
use roost_indexer::{FollowConfig, Follower, Phase};
use tokio_util::sync::CancellationToken;

/// Copies a database into an index with Roost's own follower, including the landlords' signals, and
/// then stops following.
pub(crate) async fn copy(parent: &Path, database_url: &str) -> Result<Reader> {
    let folder = parent.join("engine");
    std::fs::create_dir(&folder)?;
    let (writer, reader) = Store::open(&folder, &built_in(), &StoreOptions::default())?;
    let config = FollowConfig {
        slot: "bench_engine".parse()?,
        ..FollowConfig::new(database_url.parse()?)
    };
    let follower = Follower::new(config, writer);
    let status = follower.status();
    let stop = CancellationToken::new();
    let stop_if_dropped = stop.clone().drop_guard();
    let following = tokio::spawn(follower.run(stop));
    let reached = status
        .wait_until(|progress| progress.is_ready || progress.phase == Phase::Stopped)
        .await;
    drop(stop_if_dropped);
    following.await??;
    ensure!(reached.is_ready, "the follower ended before it was ready");
    Ok(reader)
}
