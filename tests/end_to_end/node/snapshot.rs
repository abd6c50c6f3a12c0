//! Snapshots of an index: saved to a folder, and restored to new nodes without a copy or a gap.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use sqlx::Row;
use tempfile::TempDir;

use crate::harness::{
    REBUILDING, Roost, SmallDisk, TestDatabase, assert_equal, command, eventually, rooms, roost,
    stderr, stdout,
};

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
async fn a_damaged_or_missing_file_of_a_snapshot_is_named_and_nothing_is_restored() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(50)).await;
    let node = Roost::start(&database).await;
    let location = TempDir::new().unwrap();
    save(
        &database,
        &node.data_dir,
        location.path(),
        &["--retain-wal"],
    )
    .await;
    let file = largest_file(&location.path().join("files"));
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&file, bytes).unwrap();
    let slot = format!("{}_new", database.name);
    let error = failed_restore(&database, location.path(), &slot).await;
    assert!(error.contains("is damaged: it has"), "{error}");
    assert!(error.contains(&name), "{error}");
    fs::remove_file(file).unwrap();
    let error = failed_restore(&database, location.path(), &slot).await;
    assert!(error.contains(&name), "{error}");
    assert_eq!(slots(&database, &slot).await, 0);
}

#[tokio::test]
async fn a_data_folder_that_is_not_empty_is_left_alone() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let location = TempDir::new().unwrap();
    save(
        &database,
        &node.data_dir,
        location.path(),
        &["--retain-wal"],
    )
    .await;
    let output = restore(&database, location.path(), &node.data_dir, "another").await;
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(error.contains("is not empty, it contains"), "{error}");
    for entry in fs::read_dir(&node.data_dir).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(error.contains(&*name.to_string_lossy()), "{error}");
    }
    assert_equal(&database, &node.data_dir, 0).await;
}

#[tokio::test]
async fn a_snapshot_that_no_slot_reaches_is_rejected_before_it_is_fetched() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(5)).await;
    let mut node = Roost::start(&database).await;
    let location = TempDir::new().unwrap();
    let printed = save(&database, &node.data_dir, location.path(), &[]).await;
    assert!(printed.contains("No slot retains WAL"), "{printed}");
    let another = format!("{}_new", database.name);
    let error = failed_restore(&database, location.path(), &another).await;
    assert!(error.contains("--retain-wal"), "{error}");
    assert_eq!(slots(&database, &another).await, 0);
    let error = failed_restore(&database, location.path(), &database.name).await;
    assert!(error.contains("is in use by process"), "{error}");

    database
        .execute("DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    assert_equal(&database, &node.data_dir, 4).await;
    node.stop().await;
    let error = eventually("the slot is free", DEADLINE, async || {
        let error = failed_restore(&database, location.path(), &database.name).await;
        (!error.contains("is in use")).then_some(error)
    })
    .await;
    assert!(error.contains("has advanced to"), "{error}");
    assert!(error.contains("pg_drop_replication_slot"), "{error}");
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
async fn a_failed_save_leaves_no_slot_and_no_snapshot() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let location = TempDir::new().unwrap();
    fs::write(location.path().join("files"), "in the way").unwrap();
    let shown = location.path().to_string_lossy();
    let arguments = ["save", &shown, "--retain-wal"];
    let output = run(&database, &node.data_dir, &database.name, &arguments).await;
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stderr(&output).contains(&*shown), "{}", stderr(&output));
    let listed = stdout(&roost(&["snapshot", "list", &shown]));
    assert!(listed.contains("There is no snapshot"), "{listed}");
    assert_eq!(
        slots(&database, &format!("{}_snapshot", database.name)).await,
        0
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

#[tokio::test]
async fn a_full_disk_ends_a_restore_and_leaves_no_index() {
    let Some(disk) = SmallDisk::mount(8) else {
        return;
    };
    let database = TestDatabase::create().await;
    database.execute(&rooms(500)).await;
    let node = Roost::start(&database).await;
    let location = TempDir::new().unwrap();
    save(
        &database,
        &node.data_dir,
        location.path(),
        &["--retain-wal"],
    )
    .await;
    let data_dir = disk.path().join("data");
    fs::create_dir(&data_dir).unwrap();
    disk.fill();
    let slot = format!("{}_new", database.name);
    let output = restore(&database, location.path(), &data_dir, &slot).await;
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(error.contains("No space left on device"), "{error}");
    assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 0);
    assert_eq!(slots(&database, &slot).await, 0);
}

#[tokio::test]
async fn a_location_that_cannot_be_used_is_named() {
    let location = TempDir::new().unwrap();
    let missing = location
        .path()
        .join("missing")
        .to_string_lossy()
        .into_owned();
    for (url, reason) in [
        (missing.as_str(), "cannot open the snapshot storage"),
        (
            "gs://bucket/folder",
            "expected a folder, file:///folder or s3://",
        ),
        ("s3://", "expected s3://bucket/folder"),
    ] {
        let output = roost(&["snapshot", "list", url]);
        assert_eq!(output.status.code(), Some(1));
        let error = stderr(&output);
        assert!(error.contains(reason) && error.contains(url), "{error}");
    }
    let url = format!("file://{}", location.path().display());
    let listed = stdout(&roost(&["snapshot", "list", &url]));
    assert!(listed.contains("There is no snapshot in"), "{listed}");
    let data_dir = location.path().join("data").to_string_lossy().into_owned();
    let restore = |more: &[&str]| {
        let arguments = [
            "snapshot",
            "restore",
            &url,
            "--data-dir",
            &data_dir,
            "--database-url",
            "postgres://localhost:1/none",
        ];
        stderr(&roost(&[&arguments, more].concat()))
    };
    let error = restore(&[]);
    assert!(
        error.contains(&format!("there is no snapshot in {url}")),
        "{error}"
    );
    fs::create_dir(location.path().join("snapshots")).unwrap();
    fs::write(location.path().join("snapshots/2.json"), r#"{"format": 7}"#).unwrap();
    let error = restore(&[]);
    assert!(error.contains("its format is 7"), "{error}");
    let error = restore(&["--snapshot", "1"]);
    assert!(error.contains("there is no snapshot 1 in"), "{error}");
}

/// Saves a snapshot and returns what the command printed.
async fn save(database: &TestDatabase, data_dir: &Path, location: &Path, more: &[&str]) -> String {
    let location = location.to_string_lossy().into_owned();
    let arguments = [&["save", &location], more].concat();
    let output = run(database, data_dir, &database.name, &arguments).await;
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

/// Restores the newest snapshot to a new data folder.
async fn restore_newest(database: &TestDatabase, location: &Path, slot: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let output = restore(database, location, folder.path(), slot).await;
    assert!(output.status.success(), "{}", stderr(&output));
    folder
}

/// The error of a restore that fails and writes nothing.
async fn failed_restore(database: &TestDatabase, location: &Path, slot: &str) -> String {
    let folder = TempDir::new().unwrap();
    let output = restore(database, location, folder.path(), slot).await;
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    stderr(&output)
}

async fn restore(database: &TestDatabase, location: &Path, data_dir: &Path, slot: &str) -> Output {
    let location = location.to_string_lossy().into_owned();
    run(database, data_dir, slot, &["restore", &location]).await
}

async fn run(database: &TestDatabase, data_dir: &Path, slot: &str, arguments: &[&str]) -> Output {
    let mut command = command();
    command
        .arg("snapshot")
        .args(arguments)
        .env("ROOST_DATABASE_URL", &database.url)
        .env("ROOST_DATA_DIR", data_dir)
        .env("ROOST_SLOT", slot);
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap()
}

/// Starts a node over a restored folder, and asserts that it copies nothing.
async fn start_restored(database: &TestDatabase, data_dir: &Path, slot: &str) -> Roost {
    let setting = ("ROOST_DATA_DIR", data_dir.to_str().unwrap());
    let node = Roost::start_unready(&database.url, slot, &[setting]).await;
    node.wait_until_ready().await;
    assert!(node.logged("streaming changes").is_some());
    assert!(!node.log().contains("copying"), "{}", node.log());
    node.assert_not_rebuilt();
    node
}

async fn slots(database: &TestDatabase, name: &str) -> i64 {
    let count = format!("SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{name}'");
    database.row(&count).await.get(0)
}

fn largest_file(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let largest = files.max_by_key(|file| file.metadata().unwrap().len());
    largest.unwrap()
}
