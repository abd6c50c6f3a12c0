//! Snapshots of an index: saved to a folder, and restored to new nodes without a copy or a gap.

mod commands;
mod failures;

use std::fs;
use std::time::Duration;

use sqlx::Row;
use tempfile::TempDir;

use crate::harness::{
    REBUILDING, Roost, TestDatabase, assert_equal, eventually, rooms, roost, stdout,
};
use commands::{restore, restore_newest, save, start_restored};

const DEADLINE: Duration = Duration::from_secs(30);
const LEFT_BEHIND: &str = "terminating a session";

#[tokio::test]
async fn a_node_starts_from_a_snapshot_saved_under_writes_and_follows() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(500)).await;
    let mut old = Roost::start(&database).await;
    let location = TempDir::new().unwrap();
    let writing = async {
        for round in 0..60 {
            let change = format!("UPDATE rooms SET price = {round} WHERE random() < 0.3");
            database.execute(&change).await;
        }
    };
    let saving = async {
        // Each save after the first advances the slot that retains the WAL.
        for _ in 0..3 {
            save(&database, &old.data_dir, location.path(), &["--retain-wal"]).await;
        }
    };
    tokio::join!(writing, saving);
    old.kill();
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 7'")
        .await;

    let slot = format!("{}_new", database.name);
    let restored = restore_newest(&database, location.path(), &slot).await;
    let new = start_restored(&database, restored.path(), &slot).await;
    assert_equal(&database, restored.path(), 499).await;
    // Both nodes follow, and neither terminates the session of the other.
    old.restart().await;
    database
        .execute("UPDATE rooms SET title = title || '!'")
        .await;
    assert_equal(&database, restored.path(), 499).await;
    assert_equal(&database, &old.data_dir, 499).await;
    for log in [old.log(), new.log()] {
        let conflicts = [REBUILDING, LEFT_BEHIND, "in use by"];
        assert!(!conflicts.iter().any(|it| log.contains(it)), "{log}");
    }
}

#[tokio::test]
async fn a_second_save_writes_only_new_files_and_removes_those_of_old_snapshots() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(300)).await;
    let mut node = Roost::start(&database).await;
    node.stop().await;
    let location = TempDir::new().unwrap();
    let first = save(
        &database,
        &node.data_dir,
        location.path(),
        &["--retain-wal"],
    )
    .await;
    assert!(first.contains("300 rooms and 0 venues"), "{first}");
    let files = || fs::read_dir(location.path().join("files")).unwrap().count();
    let files_of_first = files();
    let again = save(&database, &node.data_dir, location.path(), &[]).await;
    assert!(again.contains("of which 0 with 0 B are new"), "{again}");
    assert_eq!(files(), files_of_first);

    database
        .execute("DELETE FROM rooms WHERE title = 'Room 7'")
        .await;
    assert_equal(&database, &node.data_dir, 299).await;
    let keep = ["--retain-wal", "--keep", "1"];
    let third = save(&database, &node.data_dir, location.path(), &keep).await;
    assert!(third.contains("Deleted snapshot"), "{third}");
    let listed = stdout(&roost(&[
        "snapshot",
        "list",
        &location.path().to_string_lossy(),
    ]));
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.contains("299"), "{listed}");
    // The slot that retains the WAL has advanced to the only snapshot left.
    let position = format!(
        "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = '{}_snapshot'",
        database.name
    );
    let position: String = database.row(&position).await.get(0);
    assert!(
        listed.contains(&format!(" {position} ")),
        "{position}: {listed}"
    );

    let slot = format!("{}_new", database.name);
    let restored = restore_newest(&database, location.path(), &slot).await;
    let node = start_restored(&database, restored.path(), &slot).await;
    assert_equal(&database, restored.path(), 299).await;
    drop(node);
}

#[tokio::test]
async fn a_node_can_resume_its_own_slot_from_a_snapshot() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(5)).await;
    let mut node = Roost::start(&database).await;
    node.stop().await;
    let location = TempDir::new().unwrap();
    save(&database, &node.data_dir, location.path(), &[]).await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    let restored = eventually("the slot is free", DEADLINE, async || {
        let folder = TempDir::new().unwrap();
        let output = restore(&database, location.path(), folder.path(), &database.name).await;
        output.status.success().then_some(folder)
    })
    .await;
    let new = start_restored(&database, restored.path(), &database.name).await;
    assert_equal(&database, restored.path(), 4).await;
    // The old node does not take the session of the new one for its own.
    node.restart_unready().await;
    eventually(
        "the old node reports that another one uses the slot",
        DEADLINE,
        async || {
            let log = node.log();
            log.contains("is in use by process").then_some(())
        },
    )
    .await;
    assert_eq!(
        new.get("/health/ready").await.1["data"]["phase"],
        "following"
    );
}

#[tokio::test]
async fn a_node_restored_from_a_snapshot_knows_its_dead_letters() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(3)).await;
    database
        .execute("ALTER TABLE rooms DROP CONSTRAINT rooms_amenities_check")
        .await;
    database
        .execute("UPDATE rooms SET amenities = '{helipad}' WHERE title = 'Room 1'")
        .await;
    let node = Roost::start(&database).await;
    let location = TempDir::new().unwrap();
    save(
        &database,
        &node.data_dir,
        location.path(),
        &["--retain-wal"],
    )
    .await;
    let slot = format!("{}_new", database.name);
    let restored = restore_newest(&database, location.path(), &slot).await;
    let node = start_restored(&database, restored.path(), &slot).await;
    assert_eq!(node.get("/health/ready").await.1["data"]["dead_letters"], 1);
    database.execute("UPDATE rooms SET amenities = '{}'").await;
    assert_equal(&database, restored.path(), 3).await;
}
