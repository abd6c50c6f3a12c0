//! Can an index be kept elsewhere, and can a new node begin with it, without a copy and without a gap?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use sqlx::Row;
use tempfile::TempDir;

use crate::harness::{
    Roost, SmallDisk, TestDatabase, assert_equal, command, eventually, rooms, roost, stderr, stdout,
};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_node_starts_from_a_snapshot_saved_under_writes_and_follows() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(500)).await;
    let mut old = Roost::start(&database).await;
    let place = TempDir::new().unwrap();
    let writing = async {
        for round in 0..60 {
            let change = format!("UPDATE rooms SET price = {round} WHERE random() < 0.3");
            database.execute(&change).await;
        }
    };
    let saving = async {
        // Each but the first moves the slot on that holds the log.
        for _ in 0..3 {
            saved(&database, &old.data_dir, place.path(), &["--retain-wal"]).await;
        }
    };
    tokio::join!(writing, saving);
    old.kill();
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 7'")
        .await;

    let slot = format!("{}_new", database.name);
    let restored = restored(&database, place.path(), &slot).await;
    let new = begin(&database, restored.path(), &slot).await;
    assert_equal(&database, restored.path(), 499).await;
    // Both nodes follow by themselves: neither takes the other's session for its own.
    old.restart().await;
    database
        .execute("UPDATE rooms SET title = title || '!'")
        .await;
    assert_equal(&database, restored.path(), 499).await;
    assert_equal(&database, &old.data_dir, 499).await;
    for log in [old.log(), new.log()] {
        let taken = ["rebuilding the index", "terminating a session", "in use by"];
        assert!(!taken.iter().any(|it| log.contains(it)), "{log}");
    }
}

#[tokio::test]
async fn a_second_save_writes_only_new_files_and_removes_those_of_old_snapshots() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(300)).await;
    let mut node = Roost::start(&database).await;
    node.stop().await;
    let place = TempDir::new().unwrap();
    let first = saved(&database, &node.data_dir, place.path(), &["--retain-wal"]).await;
    assert!(first.contains("300 rooms and 0 venues"), "{first}");
    let files = || fs::read_dir(place.path().join("files")).unwrap().count();
    let files_of_first = files();
    let again = saved(&database, &node.data_dir, place.path(), &[]).await;
    assert!(again.contains("of which 0 with 0 B are new"), "{again}");
    assert_eq!(files(), files_of_first);

    database
        .execute("DELETE FROM rooms WHERE title = 'Room 7'")
        .await;
    assert_equal(&database, &node.data_dir, 299).await;
    let keep = ["--retain-wal", "--keep", "1"];
    let third = saved(&database, &node.data_dir, place.path(), &keep).await;
    assert!(third.contains("Deleted snapshot"), "{third}");
    let listed = stdout(&roost(&[
        "snapshot",
        "list",
        &place.path().to_string_lossy(),
    ]));
    assert_eq!(listed.lines().count(), 2, "{listed}");
    assert!(listed.contains("299"), "{listed}");
    // The slot that holds the log has come to the newest of them, which is left.
    let held = format!(
        "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = '{}_snapshot'",
        database.name
    );
    let held: String = database.row(&held).await.get(0);
    assert!(listed.contains(&format!(" {held} ")), "{held}: {listed}");

    let slot = format!("{}_new", database.name);
    let restored = restored(&database, place.path(), &slot).await;
    let node = begin(&database, restored.path(), &slot).await;
    assert_equal(&database, restored.path(), 299).await;
    drop(node);
}

#[tokio::test]
async fn a_damaged_or_missing_file_of_a_snapshot_is_named_and_nothing_is_restored() {
    let database = TestDatabase::create().await;
    database.execute(&rooms(50)).await;
    let node = Roost::start(&database).await;
    let place = TempDir::new().unwrap();
    saved(&database, &node.data_dir, place.path(), &["--retain-wal"]).await;
    let file = largest_file(&place.path().join("files"));
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&file, bytes).unwrap();
    let slot = format!("{}_new", database.name);
    let error = refused(&database, place.path(), &slot).await;
    assert!(error.contains("is damaged: it has"), "{error}");
    assert!(error.contains(&name), "{error}");
    fs::remove_file(file).unwrap();
    let error = refused(&database, place.path(), &slot).await;
    assert!(error.contains(&name), "{error}");
    assert_eq!(slots(&database, &slot).await, 0);
}

#[tokio::test]
async fn a_data_folder_that_is_not_empty_is_left_alone() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let place = TempDir::new().unwrap();
    saved(&database, &node.data_dir, place.path(), &["--retain-wal"]).await;
    let output = restore(&database, place.path(), &node.data_dir, "another").await;
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
    let place = TempDir::new().unwrap();
    let said = saved(&database, &node.data_dir, place.path(), &[]).await;
    assert!(said.contains("No slot retains WAL"), "{said}");
    let another = format!("{}_new", database.name);
    let error = refused(&database, place.path(), &another).await;
    assert!(error.contains("--retain-wal"), "{error}");
    assert_eq!(slots(&database, &another).await, 0);
    let error = refused(&database, place.path(), &database.name).await;
    assert!(error.contains("is in use by process"), "{error}");

    database
        .execute("DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    assert_equal(&database, &node.data_dir, 4).await;
    node.stop().await;
    let error = eventually("the slot is free", SOON, async || {
        let error = refused(&database, place.path(), &database.name).await;
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
    let place = TempDir::new().unwrap();
    saved(&database, &node.data_dir, place.path(), &[]).await;
    database
        .execute("DELETE FROM rooms WHERE title = 'Room 1'")
        .await;
    let restored = eventually("the slot is free", SOON, async || {
        let folder = TempDir::new().unwrap();
        let output = restore(&database, place.path(), folder.path(), &database.name).await;
        output.status.success().then_some(folder)
    })
    .await;
    let new = begin(&database, restored.path(), &database.name).await;
    assert_equal(&database, restored.path(), 4).await;
    // What it was copied from is not taken for what it has left behind itself.
    node.restart_unready().await;
    eventually(
        "the old node sees that another uses the slot",
        SOON,
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
    let place = TempDir::new().unwrap();
    fs::write(place.path().join("files"), "in the way").unwrap();
    let shown = place.path().to_string_lossy();
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
    let place = TempDir::new().unwrap();
    saved(&database, &node.data_dir, place.path(), &["--retain-wal"]).await;
    let slot = format!("{}_new", database.name);
    let restored = restored(&database, place.path(), &slot).await;
    let node = begin(&database, restored.path(), &slot).await;
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
    let place = TempDir::new().unwrap();
    saved(&database, &node.data_dir, place.path(), &["--retain-wal"]).await;
    let data_dir = disk.path().join("data");
    fs::create_dir(&data_dir).unwrap();
    disk.fill();
    let slot = format!("{}_new", database.name);
    let output = restore(&database, place.path(), &data_dir, &slot).await;
    assert_eq!(output.status.code(), Some(1));
    let error = stderr(&output);
    assert!(error.contains("No space left on device"), "{error}");
    assert_eq!(fs::read_dir(&data_dir).unwrap().count(), 0);
    assert_eq!(slots(&database, &slot).await, 0);
}

#[tokio::test]
async fn a_location_that_cannot_be_used_is_named() {
    let place = TempDir::new().unwrap();
    let missing = place.path().join("missing").to_string_lossy().into_owned();
    for (url, said) in [
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
        assert!(error.contains(said) && error.contains(url), "{error}");
    }
    let url = format!("file://{}", place.path().display());
    let listed = stdout(&roost(&["snapshot", "list", &url]));
    assert!(listed.contains("There is no snapshot in"), "{listed}");
    let data_dir = place.path().join("data").to_string_lossy().into_owned();
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
    fs::create_dir(place.path().join("snapshots")).unwrap();
    fs::write(place.path().join("snapshots/2.json"), r#"{"format": 7}"#).unwrap();
    let error = restore(&[]);
    assert!(error.contains("its format is 7"), "{error}");
    let error = restore(&["--snapshot", "1"]);
    assert!(error.contains("there is no snapshot 1 in"), "{error}");
}

/// Saves, holds that it went well, and returns what was said.
pub(crate) async fn saved(
    database: &TestDatabase,
    data_dir: &Path,
    place: &Path,
    more: &[&str],
) -> String {
    let place = place.to_string_lossy().into_owned();
    let arguments = [&["save", &place], more].concat();
    let output = run(database, data_dir, &database.name, &arguments).await;
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

/// A data folder with the newest snapshot.
async fn restored(database: &TestDatabase, place: &Path, slot: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let output = restore(database, place, folder.path(), slot).await;
    assert!(output.status.success(), "{}", stderr(&output));
    folder
}

/// What is said where nothing is restored, of which this makes sure.
async fn refused(database: &TestDatabase, place: &Path, slot: &str) -> String {
    let folder = TempDir::new().unwrap();
    let output = restore(database, place, folder.path(), slot).await;
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    stderr(&output)
}

async fn restore(database: &TestDatabase, place: &Path, data_dir: &Path, slot: &str) -> Output {
    let place = place.to_string_lossy().into_owned();
    run(database, data_dir, slot, &["restore", &place]).await
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

/// Starts a node over a restored folder, and holds that it makes no copy.
async fn begin(database: &TestDatabase, data_dir: &Path, slot: &str) -> Roost {
    let setting = ("ROOST_DATA_DIR", data_dir.to_str().unwrap());
    let node = Roost::start_unready(&database.url, slot, &[setting]).await;
    node.wait_until_ready().await;
    assert!(node.logged("streaming changes").is_some());
    assert!(!node.log().contains("copying"), "{}", node.log());
    assert!(
        !node.log().contains("rebuilding the index"),
        "{}",
        node.log()
    );
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
