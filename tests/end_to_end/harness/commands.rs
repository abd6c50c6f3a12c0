//! Commands that tests run against an index: `roost verify` and `roost reindex`.

use std::path::Path;
use std::process::{Command, Output};

use super::{Roost, TestDatabase, command, stderr, stdout};

/// Asserts that `roost verify` finds every room and no difference.
pub(crate) async fn assert_equal(database: &TestDatabase, data_dir: &Path, rooms: u64) {
    let output = verify(database, data_dir).await;
    let text = format!("{}{}", stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(0), "{text}");
    let counts = format!("rooms: {rooms} equal, 0 missing, 0 extra, 0 different");
    assert!(text.contains(&counts), "expected {counts}: {text}");
}

/// Runs `roost verify` on this index, whether a node runs over it or not.
pub(crate) async fn verify(database: &TestDatabase, data_dir: &Path) -> Output {
    run(verify_command(database, data_dir)).await
}

/// The same for a node with a configuration file.
pub(crate) async fn verify_configured(
    database: &TestDatabase,
    data_dir: &Path,
    config: &Path,
) -> Output {
    let mut command = verify_command(database, data_dir);
    command.env("ROOST_CONFIG", config);
    run(command).await
}

fn verify_command(database: &TestDatabase, data_dir: &Path) -> Command {
    let mut command = command();
    command
        .arg("verify")
        .env("ROOST_DATABASE_URL", &database.url)
        .env("ROOST_DATA_DIR", data_dir)
        .env("ROOST_SLOT", &database.name)
        .current_dir(data_dir);
    command
}

/// Runs `roost reindex` for the node of this folder.
pub(crate) async fn reindex(data_dir: &Path, node: &Roost) -> Output {
    let mut command = command();
    command
        .arg("reindex")
        .env("ROOST_DATA_DIR", data_dir)
        .env("ROOST_LISTEN", node.address().to_string())
        .current_dir(data_dir);
    run(command).await
}

/// Runs a command without blocking the runtime that the test's node and database need.
async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap()
}
