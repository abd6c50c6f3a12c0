//! A restarted node continues from its checkpoint only if it cannot have missed a change.
//!
//! Otherwise it copies the tables again and logs the reason.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::Row;

use crate::harness::{ClusterFolder, Roost, TestDatabase, assert_equal, eventually, rooms};

const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_slot_advanced_past_the_index_rebuilds_it() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(5)).await;
    let mut node = Roost::start(&database).await;
    node.stop().await;
    // Durable, since a slot cannot advance past WAL that is not flushed.
    database
        .execute("SET synchronous_commit = on; DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    // Like another program that reads from the same slot: Postgres never sends those changes again.
    let slot = &database.name;
    let advance =
        format!("SELECT pg_replication_slot_advance('{slot}', pg_current_wal_insert_lsn())");
    eventually("the slot is free and has advanced", DEADLINE, async || {
        database.row_if_possible(&advance).await
    })
    .await;
    node.restart().await;
    assert_rebuilt(&node, "past the index at");
    assert_equal(&database, &node.data_dir, 4).await;
}

#[tokio::test]
async fn a_slot_whose_wal_was_removed_rebuilds_the_index() {
    let cluster = ClusterFolder::new("postgres");
    let database = TestDatabase::create_on(cluster.start()).await;
    database.execute(&rooms(5)).await;
    let mut node = Roost::start(&database).await;
    node.stop().await;
    for setting in [
        "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'",
        "SELECT pg_reload_conf()",
        "DELETE FROM rooms WHERE title = 'Room 1'",
    ] {
        database.execute(setting).await;
    }
    eventually("the slot is lost", DEADLINE, async || {
        // Fills a whole WAL file, which only a checkpoint removes.
        database
            .execute("SELECT pg_logical_emit_message(false, 'filler', 'x'), pg_switch_wal()")
            .await;
        database.execute("CHECKPOINT").await;
        let lost = "SELECT 1 FROM pg_replication_slots WHERE wal_status = 'lost'";
        database.row_if_possible(lost).await
    })
    .await;
    node.restart().await;
    assert_rebuilt(&node, "has removed WAL that it still needed");
    assert_equal(&database, &node.data_dir, 4).await;
}

#[tokio::test]
async fn an_index_of_another_server_is_rebuilt() {
    let clusters = ["one", "other"].map(ClusterFolder::new);
    let one = TestDatabase::create_on(clusters[0].start()).await;
    one.execute(&rooms(5)).await;
    let mut node = Roost::start(&one).await;
    node.stop().await;

    let other = TestDatabase::create_on(clusters[1].start()).await;
    other.execute(&rooms(7)).await;
    let folder = ("ROOST_DATA_DIR", node.data_dir.to_str().unwrap());
    let moved = Roost::start_unready(&other.url, &other.name, &[folder]).await;
    moved.wait_until_ready().await;
    assert_rebuilt(&moved, "the server with system id");
    assert_equal(&other, &node.data_dir, 7).await;
}

#[tokio::test]
async fn a_server_restored_to_a_new_timeline_rebuilds_the_index() {
    let cluster = ClusterFolder::new("postgres");
    let database = TestDatabase::create_on(cluster.start()).await;
    database.execute(&rooms(5)).await;
    let mut node = Roost::start(&database).await;
    node.stop().await;
    database
        .execute("ALTER SYSTEM SET restore_command = 'false'")
        .await;
    cluster.stop();
    // The server recovers from its own WAL, as after a restore, and starts a new timeline.
    std::fs::write(data_of(&cluster).join("recovery.signal"), "").unwrap();
    cluster.start();
    eventually("the server accepts writes", DEADLINE, async || {
        let recovered = "SELECT 1 WHERE NOT pg_is_in_recovery()";
        database.row_if_possible(recovered).await
    })
    .await;
    let timeline = database
        .row("SELECT timeline_id FROM pg_control_checkpoint()")
        .await;
    assert_eq!(timeline.get::<i32, _>(0), 2);
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    node.restart().await;
    assert_rebuilt(&node, "timeline");
    assert_equal(&database, &node.data_dir, 4).await;
}

#[tokio::test]
async fn an_added_column_is_ignored_and_a_dropped_column_is_named() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(5)).await;
    let node = Roost::start(&database).await;
    database
        .execute("ALTER TABLE rooms ADD COLUMN parking boolean NOT NULL DEFAULT true")
        .await;
    database
        .execute("UPDATE rooms SET price = 700 WHERE parking")
        .await;
    assert_equal(&database, &node.data_dir, 5).await;
    node.assert_not_rebuilt();

    database
        .execute("ALTER TABLE rooms DROP COLUMN minimum_nights")
        .await;
    eventually("the column is named", DEADLINE, async || {
        let (status, answer) = node.get("/health/ready").await;
        assert_eq!(status, 200, "searches continue: {answer}");
        let reason = answer["data"]["reason"].as_str()?;
        reason.contains("minimum_nights").then_some(())
    })
    .await;
    let (_, answer) = node.get("/api/v1/rooms/search").await;
    assert_eq!(answer["meta"]["total"], 5, "{answer}");

    database
        .execute("ALTER TABLE rooms ADD COLUMN minimum_nights integer NOT NULL DEFAULT 3")
        .await;
    await_new_copy(&node).await;
    assert_equal(&database, &node.data_dir, 5).await;
}

#[tokio::test]
async fn a_column_rewritten_with_the_same_type_rebuilds_the_index() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(5)).await;
    let node = Roost::start(&database).await;
    // Rewrites every row without sending one to the stream.
    database
        .execute("ALTER TABLE rooms ALTER minimum_nights TYPE integer USING 4")
        .await;
    await_new_copy(&node).await;
    assert_equal(&database, &node.data_dir, 5).await;
}

/// Waits until a second copy is complete.
async fn await_new_copy(node: &Roost) {
    eventually("the tables are copied again", DEADLINE, async || {
        let copies = node.log().matches("the copy is complete").count();
        (copies == 2).then_some(())
    })
    .await;
}

fn assert_rebuilt(node: &Roost, reason: &str) {
    let line = node.rebuild_line();
    let line = line.unwrap_or_else(|| panic!("{}", node.log()));
    assert!(line["reason"].to_string().contains(reason), "{line}");
}

/// The data folder of the server.
fn data_of(cluster: &ClusterFolder) -> PathBuf {
    cluster.path().join("data")
}
