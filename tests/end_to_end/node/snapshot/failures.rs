//! Saves and restores that fail name the cause, and leave no slot and no index.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::commands::{failed_restore, restore, run, save, slots};
use crate::harness::{
    Roost, SmallDisk, TestDatabase, assert_equal, eventually, rooms, roost, stderr, stdout,
};

const DEADLINE: Duration = Duration::from_secs(30);

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

fn largest_file(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let largest = files.max_by_key(|file| file.metadata().unwrap().len());
    largest.unwrap()
}
