//! Few descriptors: silent connections leave enough for the index, and a node that has none left
//! waits until it has some.

use std::process::Command;
use std::time::Duration;

use sqlx::Row;

use super::raw_client::RawClient;
use crate::harness::{Roost, SIXTY_ROOMS, TestDatabase, assert_equal, eventually, rooms};

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

#[tokio::test]
async fn a_commit_that_lacks_a_descriptor_at_any_point_is_repeated() {
    let database = TestDatabase::create().await;
    database.execute(SIXTY_ROOMS).await;
    let mut node = Roost::start(&database).await;
    await_rooms(&node, 60).await;
    let open = std::fs::read_dir(format!("/proc/{}/fd", node.pid()));
    let open = open.map_or(0, |open| open.count());
    for spare in 0..16 {
        let failures = failures(&node);
        if !limit_descriptors(&node, &(open + spare).to_string()) {
            return;
        }
        let changes = format!(
            "UPDATE rooms SET price = {spare} WHERE price IS DISTINCT FROM {spare};
             UPDATE exam_venues SET name = 'Venue {spare}';"
        );
        database.execute(&changes).await;
        let end = database.flushed().await;
        let slot = format!(
            "SELECT confirmed_flush_lsn >= '{end}'::pg_lsn FROM pg_replication_slots
             WHERE slot_name = '{}'",
            database.name
        );
        eventually(
            "the commit fails or is acknowledged",
            DEADLINE,
            async || {
                let is_committed: bool = database.row(&slot).await.get(0);
                (is_committed || self::failures(&node) > failures).then_some(())
            },
        )
        .await;
        assert!(limit_descriptors(&node, "1024"));
        eventually("the changes are acknowledged", DEADLINE, async || {
            let is_committed: bool = database.row(&slot).await.get(0);
            is_committed.then_some(())
        })
        .await;
        assert_equal(&database, &node.data_dir, 60).await;
    }
    assert!(failures(&node) > 0, "no commit lacked a descriptor");
    node.assert_not_rebuilt();
    node.stop().await;
}

/// How often the follower has had to try again.
fn failures(node: &Roost) -> usize {
    let log = node.log();
    log.matches("not following Postgres; will try again")
        .count()
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
