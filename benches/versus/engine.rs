//! How does the engine come to the same rooms, and what does it answer? In this process: it is filled
//! by the product's own follower, which brings the landlords' signals along.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use roost_engine::{Collection, Query, Reader, Store, StoreOptions};
use roost_indexer::{FollowConfig, Follower, Phase};
use tokio_util::sync::CancellationToken;

use crate::answer::{Answer, Hit};

/// Copies a database into an index, and stops following it then.
pub(crate) async fn copy(parent: &Path, database_url: &str) -> Result<Reader> {
    let folder = parent.join("engine");
    std::fs::create_dir(&folder)?;
    let (writer, reader) = Store::open(&folder, &StoreOptions::default())?;
    let config = FollowConfig {
        slot: "versus_engine".parse()?,
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

/// Asks, on this thread.
pub(crate) fn ask(reader: &Reader, query: &Query) -> Result<(Duration, Answer)> {
    let started = Instant::now();
    let ranking = reader.rank(Collection::Rooms, query)?;
    let took = started.elapsed();
    let hits = ranking.ranked.iter().map(|ranked| Hit {
        id: ranked.key,
        score: ranked.rank_value,
    });
    let answer = Answer {
        hits: hits.collect(),
        total: ranking.total.map(|total| total.value),
    };
    Ok((took, answer))
}
