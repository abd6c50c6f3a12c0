//! Commands that save and restore snapshots, and nodes over restored folders.

use std::fs;
use std::path::Path;
use std::process::Output;

use sqlx::Row;
use tempfile::TempDir;

use crate::harness::{Roost, TestDatabase, command, stderr, stdout};

/// Saves a snapshot and returns what the command printed.
pub(super) async fn save(
    database: &TestDatabase,
    data_dir: &Path,
    location: &Path,
    more: &[&str],
) -> String {
    let location = location.to_string_lossy().into_owned();
    let arguments = [&["save", &location], more].concat();
    let output = run(database, data_dir, &database.name, &arguments).await;
    assert!(output.status.success(), "{}", stderr(&output));
    stdout(&output)
}

/// Restores the newest snapshot to a new data folder.
pub(super) async fn restore_newest(
    database: &TestDatabase,
    location: &Path,
    slot: &str,
) -> TempDir {
    let folder = TempDir::new().unwrap();
    let output = restore(database, location, folder.path(), slot).await;
    assert!(output.status.success(), "{}", stderr(&output));
    folder
}

/// The error of a restore that fails and writes nothing.
pub(super) async fn failed_restore(database: &TestDatabase, location: &Path, slot: &str) -> String {
    let folder = TempDir::new().unwrap();
    let output = restore(database, location, folder.path(), slot).await;
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    stderr(&output)
}

pub(super) async fn restore(
    database: &TestDatabase,
    location: &Path,
    data_dir: &Path,
    slot: &str,
) -> Output {
    let location = location.to_string_lossy().into_owned();
    run(database, data_dir, slot, &["restore", &location]).await
}

pub(super) async fn run(
    database: &TestDatabase,
    data_dir: &Path,
    slot: &str,
    arguments: &[&str],
) -> Output {
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
pub(super) async fn start_restored(database: &TestDatabase, data_dir: &Path, slot: &str) -> Roost {
    let setting = ("ROOST_DATA_DIR", data_dir.to_str().unwrap());
    let node = Roost::start_unready(&database.url, slot, &[setting]).await;
    node.wait_until_ready().await;
    assert!(node.logged("streaming changes").is_some());
    assert!(!node.log().contains("copying"), "{}", node.log());
    node.assert_not_rebuilt();
    node
}

pub(super) async fn slots(database: &TestDatabase, name: &str) -> i64 {
    let count = format!("SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{name}'");
    database.row(&count).await.get(0)
}
