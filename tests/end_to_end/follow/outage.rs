//! Postgres is down: searches continue, and the index catches up afterwards.

use std::time::Duration;

use serde_json::Value;

use crate::harness::{ClusterFolder, Roost, TestDatabase, assert_equal, eventually, rooms};

const DEADLINE: Duration = Duration::from_secs(30);
/// Far older than an index gets while it follows.
const OLD_MS: u64 = 3_000;

#[tokio::test]
async fn searches_continue_while_postgres_is_down_and_the_index_catches_up_afterwards() {
    let cluster = ClusterFolder::new("postgres");
    let database = TestDatabase::create_on(cluster.start()).await;
    database.execute(&rooms(10)).await;
    let node = Roost::start(&database).await;

    cluster.stop();
    let reason = eventually("the node is degraded", DEADLINE, async || {
        let health = health(&node).await;
        (health["status"] == "degraded").then(|| health["reason"].clone())
    })
    .await;
    assert!(reason.as_str().unwrap().contains("Postgres"), "{reason}");
    eventually("answers report their age", DEADLINE, async || {
        (age_ms(&node, 10).await > OLD_MS).then_some(())
    })
    .await;
    let line = node
        .logged("not following Postgres; will try again")
        .unwrap();
    assert_eq!(line["level"], "WARN");
    assert!(line["retry_in_ms"].is_u64(), "{line}");

    cluster.start();
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 3'")
        .await;
    assert_equal(&database, &node.data_dir, 9).await;
    eventually("the node is ready again", DEADLINE, async || {
        (health(&node).await["status"] == "ready").then_some(())
    })
    .await;
    eventually("answers are fresh again", DEADLINE, async || {
        (age_ms(&node, 9).await < OLD_MS).then_some(())
    })
    .await;
    node.assert_not_rebuilt();
}

#[tokio::test]
async fn a_node_started_before_postgres_becomes_ready_once_postgres_is_up() {
    let cluster = ClusterFolder::new("postgres");
    let database = TestDatabase::create_on(cluster.start()).await;
    database.execute(&rooms(10)).await;
    cluster.stop();

    let mut node = Roost::start_unready(&database.url, &database.name, &[]).await;
    await_connection_refused(&node).await;
    cluster.start();
    node.wait_until_ready().await;
    assert_equal(&database, &node.data_dir, 10).await;

    // Again with an index: it has a position, so nothing is copied.
    node.kill();
    cluster.stop();
    node.restart_unready().await;
    await_connection_refused(&node).await;
    cluster.start();
    node.wait_until_ready().await;
    assert!(!node.log().contains("copied a table"), "{}", node.log());
    assert_equal(&database, &node.data_dir, 10).await;
}

/// Waits until the node reports that Postgres refuses the connection.
async fn await_connection_refused(node: &Roost) {
    eventually("the node reports the reason", DEADLINE, async || {
        let (status, answer) = node.get("/health/ready").await;
        assert_eq!(status, 503, "{answer}");
        let message = answer["error"]["message"].as_str()?;
        message.contains("Connection refused").then_some(())
    })
    .await;
}

/// The health that a ready node reports.
async fn health(node: &Roost) -> Value {
    let (status, answer) = node.get("/health/ready").await;
    assert_eq!(status, 200, "{answer}");
    answer["data"].clone()
}

/// The age that a search reports which finds this number of rooms.
async fn age_ms(node: &Roost, rooms: usize) -> u64 {
    let (status, answer) = node.get("/api/v1/rooms/search?q=room").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["data"].as_array().unwrap().len(), rooms);
    answer["meta"]["index"]["age_ms"].as_u64().unwrap()
}
