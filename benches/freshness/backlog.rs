//! How fast does a node follow that was away?

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;

use crate::node::Node;
use crate::node::http::Http;
use crate::{Bench, thousands_of};

/// Rows that one transaction changes.
const TRANSACTION: usize = 20;

/// Changes rows while the node is away, and times how long it takes from its start to show all of them.
pub(crate) async fn measure(bench: &Bench, folder: &Path, url: &str, changes: u64) -> Result<()> {
    let load = bench.load();
    let mut random = StdRng::seed_from_u64(changes);
    let mut changed = 0;
    while changed < changes {
        load.change(TRANSACTION, &mut random).await?;
        changed += TRANSACTION as u64;
    }
    let position: String = sqlx::query_scalar("SELECT pg_current_wal_insert_lsn()::text")
        .fetch_one(&bench.pool)
        .await?;
    let started = Instant::now();
    let node = Node::start(folder, url).await?;
    let ready_s = started.elapsed().as_secs_f64();
    let mut http = Http::connect(node.address).await?;
    let path = format!("/api/v1/rooms/search?limit=1&timeout_ms=10000&at_least={position}");
    loop {
        let answered = http.get(&path).await?;
        if answered.status == 200 {
            break;
        }
        let answer: Value = serde_json::from_slice(answered.body)?;
        ensure!(answered.status == 504, "{path}: {answer}");
    }
    let took_s = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let a_second = (changed as f64 / took_s) as u64;
    println!(
        "\ncatching up with {} changes in transactions of {TRANSACTION}: {took_s:.1} s, {} changes/s \
         (answering after {ready_s:.1} s)",
        thousands_of(changed),
        thousands_of(a_second),
    );
    Ok(())
}
