//! Measures how fast a node catches up after it was down.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;

use crate::bench::Bench;
use crate::measured::thousands_of;
use crate::node::Node;
use crate::node::http::Http;

/// Rows changed per transaction.
const ROWS_PER_TRANSACTION: usize = 20;

/// Changes rows while the node is down, and measures the time from its start until searches see all
/// of them.
pub(crate) async fn measure(bench: &Bench, folder: &Path, url: &str, changes: u64) -> Result<()> {
    let load = bench.load();
    let mut random = StdRng::seed_from_u64(changes);
    let mut changed = 0;
    while changed < changes {
        load.change(ROWS_PER_TRANSACTION, &mut random).await?;
        changed += ROWS_PER_TRANSACTION as u64;
    }
    let position: String = sqlx::query_scalar("SELECT pg_current_wal_flush_lsn()::text")
        .fetch_one(&bench.pool)
        .await?;
    let started = Instant::now();
    let node = Node::start(folder, url).await?;
    let ready_s = started.elapsed().as_secs_f64();
    let mut http = Http::connect(node.address).await?;
    let path = format!("/api/v1/rooms/search?limit=1&timeout_ms=10000&at_least={position}");
    loop {
        let response = http.get(&path).await?;
        if response.status == 200 {
            break;
        }
        let answer: Value = serde_json::from_slice(response.body)?;
        ensure!(response.status == 504, "{path}: {answer}");
    }
    let took_s = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let per_second = (changed as f64 / took_s) as u64;
    println!(
        "\ncatching up with {} changes in transactions of {ROWS_PER_TRANSACTION}: {took_s:.1} s, {} changes/s \
         (ready after {ready_s:.1} s)",
        thousands_of(changed),
        thousands_of(per_second),
    );
    Ok(())
}
