//! The index applies every kind of change, through killed nodes and lost slots and sessions.

use std::time::Duration;

use sqlx::Row;

use crate::harness::{Roost, TestDatabase, assert_equal, eventually, rooms};

const DEADLINE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_node_killed_during_its_initial_copy_copies_again() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(20_000)).await;
    let mut node = Roost::start_unready(&database.url, &database.name, &[]).await;
    eventually("the copy has started", DEADLINE, async || {
        node.log().contains("copied a table").then_some(())
    })
    .await;
    node.kill();
    database
        .execute("DELETE FROM rooms WHERE title LIKE '%7'")
        .await;
    node.restart().await;
    assert_equal(&database, &node.data_dir, 18_000).await;
}

#[tokio::test]
async fn the_initial_copy_scans_each_table_once() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(500)).await;
    let _node = Roost::start(&database).await;
    // Postgres publishes the statistics of a transaction as a whole, some time after its end.
    let scans = "SELECT sum(seq_scan + coalesce(idx_scan, 0))::bigint
        FROM pg_stat_user_tables WHERE relname IN ('rooms', 'exam_venues')";
    let scans = eventually("the scans are counted", DEADLINE, async || {
        let scans: i64 = database.row(scans).await.get(0);
        (scans > 0).then_some(scans)
    })
    .await;
    assert_eq!(scans, 2);
}

#[tokio::test]
async fn a_node_killed_repeatedly_loses_no_change() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(300)).await;
    let mut node = Roost::start(&database).await;
    for round in 0..4 {
        let writing = async {
            for step in 0..10 {
                let price = format!(
                    "UPDATE rooms SET price = {round}{step} WHERE price IS NULL OR random() < 0.3"
                );
                database.execute(&price).await;
            }
            let title = format!("DELETE FROM rooms WHERE title = 'Room {}'", round + 1);
            database.execute(&title).await;
        };
        let (delay, written) = (Duration::from_millis(40 * round), writing);
        tokio::pin!(written);
        // Kills the node at a later moment of the writes each round, and after them in the last.
        if tokio::time::timeout(delay, &mut written).await.is_err() {
            node.kill();
            written.await;
        } else {
            node.kill();
        }
        node.restart().await;
    }
    assert_equal(&database, &node.data_dir, 296).await;
}

#[tokio::test]
async fn a_toasted_text_that_an_update_does_not_change_is_kept() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(20)).await;
    // Too large for its row and too random to compress, so Postgres stores it out of line.
    let describe = "UPDATE rooms SET description =
        (SELECT string_agg(md5(id::text || n), ' ') FROM generate_series(1, 400) n)";
    let node = Roost::start(&database).await;
    database.execute(describe).await;
    database.execute("UPDATE rooms SET price = 7").await;
    assert_equal(&database, &node.data_dir, 20).await;
    // Two updates in one transaction, new keys, and complete old rows in the stream.
    database
        .execute("BEGIN; UPDATE rooms SET price = 8; UPDATE rooms SET price = 9; COMMIT")
        .await;
    database
        .execute("UPDATE rooms SET id = uuid_v7(), price = 10")
        .await;
    database
        .execute("ALTER TABLE rooms REPLICA IDENTITY FULL")
        .await;
    database
        .execute("UPDATE rooms SET id = uuid_v7(), price = 11")
        .await;
    assert_equal(&database, &node.data_dir, 20).await;
}

#[tokio::test]
async fn a_truncated_table_and_one_large_transaction_are_applied() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(50)).await;
    let node = Roost::start(&database).await;
    database
        .execute(&format!(
            "BEGIN; TRUNCATE rooms CASCADE; {}; COMMIT",
            rooms(30_000)
        ))
        .await;
    assert_equal(&database, &node.data_dir, 30_000).await;
    database.execute("TRUNCATE rooms CASCADE").await;
    assert_equal(&database, &node.data_dir, 0).await;
}

#[tokio::test]
async fn a_room_that_is_verified_or_paused_is_soon_found_by_that_filter() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    let node = Roost::start(&database).await;
    for (change, filter) in [
        ("verified_at = now()", "verified=true"),
        ("floor = 12", "floor_min=10&facets=floor"),
        ("status = 'paused'", "status=paused"),
    ] {
        let path = format!("/api/v1/rooms/search?{filter}");
        let found = async || node.get(&path).await.1["meta"]["total"].as_u64();
        assert_eq!(found().await, Some(0), "{filter}");
        database
            .execute(&format!("UPDATE rooms SET {change} WHERE title = 'Room 2'"))
            .await;
        eventually("the room is found", DEADLINE, async || {
            (found().await == Some(1)).then_some(())
        })
        .await;
    }
    assert_equal(&database, &node.data_dir, 3).await;
}

#[tokio::test]
async fn an_unavailable_landlord_hides_the_rooms_before_and_after_a_restart() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    let mut node = Roost::start(&database).await;
    assert_eq!(found(&node).await, 3);
    database
        .execute("UPDATE landlords SET is_available = false")
        .await;
    eventually("the rooms are hidden", DEADLINE, async || {
        (found(&node).await == 0).then_some(())
    })
    .await;
    node.kill();
    node.restart().await;
    assert_eq!(found(&node).await, 0);
    database
        .execute("UPDATE landlords SET is_available = true")
        .await;
    eventually("the rooms are found again", DEADLINE, async || {
        (found(&node).await == 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_lost_slot_rebuilds_the_index_and_logs_why() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(5)).await;
    let mut node = Roost::start(&database).await;
    node.stop().await;
    let slot = &database.name;
    database.drop_slot(slot).await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    node.restart().await;
    let reason = format!("slot {slot} is gone");
    assert!(node.log().contains(&reason), "{}", node.log());
    assert_equal(&database, &node.data_dir, 4).await;
}

#[tokio::test]
async fn a_terminated_session_resumes_without_a_copy() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(5)).await;
    let node = Roost::start(&database).await;
    let slot = &database.name;
    let cut = format!(
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
        WHERE slot_name = '{slot}' AND active"
    );
    database.execute(&cut).await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    assert_equal(&database, &node.data_dir, 4).await;
    node.assert_not_rebuilt();
}

#[tokio::test]
async fn a_table_whose_column_changes_under_steady_writes_is_copied_again() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(5)).await;
    let node = Roost::start(&database).await;
    database.execute("UPDATE rooms SET price = 700").await;
    // Rewrites every row without sending one to the stream.
    database
        .execute("ALTER TABLE rooms ALTER price TYPE double precision USING price * 2")
        .await;
    eventually("the change is noticed", DEADLINE, async || {
        database
            .execute("UPDATE rooms SET minimum_nights = 2 WHERE title = 'Room 1'")
            .await;
        let (_, answer) = node.get("/api/v1/rooms/search?price_min=1400").await;
        (answer["meta"]["total"] == 5).then_some(())
    })
    .await;
    let line = node.rebuild_line().unwrap();
    assert!(line["reason"].to_string().contains("schema"), "{line}");
    assert_equal(&database, &node.data_dir, 5).await;
}

#[tokio::test]
async fn the_slot_advances_past_the_wal_of_tables_that_are_not_followed() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let insert = "INSERT INTO users (role, display_name) VALUES ('student', 'Ravi')";
    database.execute(insert).await;
    let end = database.wal_end().await;
    let has_advanced = format!(
        "SELECT confirmed_flush_lsn >= '{end}' FROM pg_replication_slots WHERE slot_name = '{}'",
        database.name
    );
    eventually("the slot has advanced", 2 * DEADLINE, async || {
        sqlx::Row::get::<bool, _>(&database.row(&has_advanced).await, 0).then_some(())
    })
    .await;
    assert_equal(&database, &node.data_dir, 0).await;
}

#[tokio::test]
async fn a_row_that_cannot_be_converted_is_logged_and_skipped_and_later_changes_are_applied() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    let node = Roost::start(&database).await;
    database
        .execute("ALTER TABLE rooms DROP CONSTRAINT rooms_amenities_check")
        .await;
    database
        .execute("UPDATE rooms SET amenities = '{helipad}' WHERE title = 'Room 1'")
        .await;
    database
        .execute("UPDATE rooms SET title = 'Room 4' WHERE title = 'Room 2'")
        .await;
    eventually("the row is logged", DEADLINE, async || {
        node.log().contains("helipad").then_some(())
    })
    .await;
    eventually("the row is skipped", DEADLINE, async || {
        (found(&node).await == 2).then_some(())
    })
    .await;
    database.execute("UPDATE rooms SET amenities = '{}'").await;
    assert_equal(&database, &node.data_dir, 3).await;
}

async fn found(node: &Roost) -> usize {
    let (status, answer) = node.get("/api/v1/rooms/search?q=room").await;
    assert_eq!(status, 200, "{answer}");
    answer["data"].as_array().unwrap().len()
}
