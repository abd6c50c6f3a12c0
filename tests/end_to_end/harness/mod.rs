//! What the tests share: databases, servers, processes and rows.
//!
//! - [`TestDatabase`]: a database for one test.
//! - [`ClusterFolder`]: a Postgres cluster that a test may stop.
//! - [`Proxy`]: connections that hang.
//! - [`SmallDisk`]: a disk that a test can fill.
//! - [`NatsServer`] and [`Publisher`]: a stream for many nodes.
//! - [`Roost`] and [`roost`]: the real command, as a node and run to its end.
//! - [`eventually`]: waits for a condition instead of for a time.

mod cluster;
mod commands;
mod database;
mod nats;
mod node;
mod process;
mod proxy;
mod rows;
mod small_disk;

pub(crate) use cluster::ClusterFolder;
pub(crate) use commands::{assert_equal, reindex, verify, verify_configured};
pub(crate) use database::TestDatabase;
pub(crate) use nats::{NatsServer, Publisher};
pub(crate) use node::{REBUILDING, Reply, Roost};
pub(crate) use proxy::{Proxy, Which};
pub(crate) use rows::{booking, day, rooms, three_rooms_and_a_student};
pub(crate) use small_disk::SmallDisk;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// The root folder of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Statements that insert sixty rooms, a venue and a landlord.
pub(crate) const SIXTY_ROOMS: &str = include_str!("sixty_rooms.sql");

/// The venue and the landlord of those rooms.
pub(crate) const VENUE: &str = "00000000-0000-7000-8000-0000000000a1";
pub(crate) const LANDLORD: &str = "00000000-0000-7000-8000-0000000000b1";

/// The id of the n-th of those rooms.
pub(crate) fn room_id(n: usize) -> String {
    format!("00000000-0000-7000-8000-{n:012}")
}

/// The command without the configuration of the person who runs the tests.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roost"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("ROOST_") || name == "DATABASE_URL" {
            command.env_remove(&*name);
        }
    }
    command
}

/// Runs the command with these arguments to its end, in a folder that has no `roost.toml`.
pub(crate) fn roost(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    command()
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

/// The text that a command printed to stdout.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The text that a command printed to stderr.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Repeats a check until it returns a value. Panics with `what` when the deadline passes first.
pub(crate) async fn eventually<T>(
    what: &str,
    deadline: Duration,
    mut check: impl AsyncFnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = check().await {
            return value;
        }
        assert!(
            start.elapsed() < deadline,
            "timed out after {deadline:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
