//! The metrics of a node follow its stream, commits, merges and dead letters.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::harness::{Roost, TestDatabase, eventually, repository, rooms};

const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn the_stream_metrics_follow_the_writes() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(7)).await;
    let node = Roost::start(&database).await;
    // Seven rooms are copied.
    node.await_metric("roost_rows_total", |rows| rows >= 7.0)
        .await;
    let copied = node.metric("roost_rows_total").await.unwrap();
    let committed = node.metric(COMMITTED).await.unwrap();
    let commits = node.metric(COMMITS).await.unwrap();
    database.execute("UPDATE rooms SET price = 5").await;
    node.await_metric("roost_rows_total", |rows| rows == copied + 7.0)
        .await;
    node.await_metric(COMMITTED, |position| position > committed)
        .await;
    node.await_metric(COMMITS, |count| count > commits).await;
    // Each change adds a small segment, which a merge joins with others.
    eventually("segments are merged", DEADLINE, async || {
        database
            .execute("UPDATE rooms SET price = price + 1 WHERE title = 'Room 3'")
            .await;
        node.metric("roost_merge_seconds_count")
            .await
            .filter(|count| *count > 0.0)
            .map(drop)
    })
    .await;
    node.await_metric("roost_slot_state{wal_status=\"reserved\"}", |one| {
        one == 1.0
    })
    .await;
    node.await_metric("roost_age_seconds{of=\"signals\"}", |age_s| age_s < 5.0)
        .await;
    node.await_metric("roost_following", |one| one == 1.0).await;

    database
        .execute("ALTER TABLE rooms DROP CONSTRAINT rooms_amenities_check")
        .await;
    database
        .execute("UPDATE rooms SET amenities = '{helipad}' WHERE title = 'Room 2'")
        .await;
    node.await_metric("roost_dead_letters", |count| count == 1.0)
        .await;
    node.await_metric("roost_documents{collection=\"rooms\"}", |count| {
        count == 6.0
    })
    .await;
    let (_, status) = node.get("/api/v1/status").await;
    let stream = &status["data"]["stream"];
    assert_eq!(stream["slot"]["wal_status"], "reserved", "{status}");
    assert!(stream["commits"]["count"].as_u64() > Some(1), "{status}");
}

#[tokio::test]
async fn a_node_exports_every_metric_of_the_alerting_rules() {
    let rules = std::fs::read_to_string(repository().join("docs/alerts.yml")).unwrap();
    let expressions = rules
        .lines()
        .filter(|line| line.trim().starts_with("expr: "));
    let names = expressions.flat_map(|line| {
        let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.filter(|word| word.starts_with("roost_"))
    });
    let names: BTreeSet<&str> = names.collect();
    assert!(names.len() > 5, "{names:?}");
    let guide = std::fs::read_to_string(repository().join("docs/operations.md")).unwrap();
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    for name in names {
        if COUNTED_LATER.contains(&name) {
            assert!(guide.contains(&format!("| `{name}{{")), "{name}");
            continue;
        }
        let family = ["_total", "_count", "_bucket", "_sum"]
            .iter()
            .fold(name, |name, ending| {
                name.strip_suffix(ending).unwrap_or(name)
            });
        eventually(name, DEADLINE, async || {
            let text = node.metrics().await;
            text.contains(&format!("# TYPE {family} ")).then_some(())
        })
        .await;
    }
}

/// Counters by label, which are not exported before they count for the first time.
const COUNTED_LATER: [&str; 1] = ["roost_rejected_total"];

const COMMITTED: &str = "roost_position_bytes{at=\"committed\"}";
const COMMITS: &str = "roost_commit_seconds_count";
