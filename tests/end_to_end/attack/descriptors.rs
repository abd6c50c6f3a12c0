//! Few descriptors: silent connections leave enough for the index, and a node that has none left
//! waits until it has some.

use std::process::Command;
use std::time::Duration;

use super::raw_client::RawClient;
use crate::harness::{Roost, TestDatabase, assert_equal, eventually, rooms};

const DEADLINE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn silent_connections_do_not_keep_a_node_from_following_and_answering() {
    let database = TestDatabase::create().await;
    let mut node = Roost::start_with_descriptors(&database, 1024).await;
    let mut silent = Vec::new();
    for at in 0..1100 {
        let address = format!("127.0.0.{}", 2 + at % 9);
        silent.push(RawClient::connect_from(&node, &address).await);
    }
    for count in 1..=3_u64 {
        database.execute(&rooms(1)).await;
        await_rooms(&node, count).await;
    }
    // Also from an address that has as many connections as it may.
    let mut client = RawClient::connect_from(&node, "127.0.0.2").await;
    client.send_get("/health/live").await;
    assert_eq!(client.response().await.status, 200);
    drop(silent);
    node.stop().await;
}

#[tokio::test]
async fn a_node_without_descriptors_waits_and_continues_once_it_has_some() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(7)).await;
    let mut node = Roost::start(&database).await;
    await_rooms(&node, 7).await;
    if !limit_descriptors(&node, "3") {
        return;
    }
    database.execute("UPDATE rooms SET price = 5").await;
    eventually("the follower waits", DEADLINE, async || {
        node.logged("not following Postgres; will try again")
    })
    .await;
    assert!(node.log().contains("Too many open files"), "{}", node.log());
    // Changes meanwhile are not lost, and are applied once.
    database.execute(&rooms(5)).await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 7'")
        .await;
    assert!(limit_descriptors(&node, "1024"));
    await_rooms(&node, 11).await;
    assert_equal(&database, &node.data_dir, 11).await;
    node.assert_not_rebuilt();
    node.stop().await;
}

/// Waits until a search finds this many rooms, over a new connection each time.
async fn await_rooms(node: &Roost, count: u64) {
    let total = format!("a search finds {count} rooms");
    eventually(&total, DEADLINE, async || {
        let mut client = RawClient::connect(node).await;
        client
            .send_get("/api/v1/rooms/search?count=exact&limit=1")
            .await;
        let response = client.response().await;
        assert!(response.status < 500, "{}", response.json);
        (response.json["meta"]["total"] == count).then_some(())
    })
    .await;
}

/// Changes the limit of descriptors of a running node. Prints a note and returns false if the
/// system lacks the command.
fn limit_descriptors(node: &Roost, soft: &str) -> bool {
    let limited = Command::new("prlimit")
        .args(["--pid", &node.pid().to_string()])
        .arg(format!("--nofile={soft}:"))
        .status();
    let is_limited = limited.is_ok_and(|status| status.success());
    if !is_limited {
        eprintln!("skipped: this test needs prlimit");
    }
    is_limited
}
