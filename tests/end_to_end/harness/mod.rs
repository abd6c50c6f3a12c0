//! What do the tests stand on?
//!
//! A database of their own ([`TestDatabase`]), where they stop the server a cluster of their own
//! ([`ClusterFolder`]), a connection that hangs ([`Proxy`]), a disk that is soon full ([`SmallDisk`]), a NATS server with a
//! publisher ([`NatsServer`], [`Publisher`]), the real command in a process of its own ([`Roost`], [`roost`]), and waiting
//! for a condition instead of for a time ([`eventually`]).

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
pub(crate) use commands::{assert_equal, reindex, verify};
pub(crate) use database::TestDatabase;
pub(crate) use nats::{NatsServer, Publisher};
pub(crate) use node::Roost;
pub(crate) use proxy::{Proxy, Which};
pub(crate) use rows::{booking, day, rooms, three_rooms_and_a_student};
pub(crate) use small_disk::SmallDisk;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// The folder of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rows for a migrated database: see the file.
pub(crate) const SIXTY_ROOMS: &str = include_str!("sixty_rooms.sql");

/// The venue and the landlord of those rooms.
pub(crate) const VENUE: &str = "00000000-0000-7000-8000-0000000000a1";
pub(crate) const LANDLORD: &str = "00000000-0000-7000-8000-0000000000b1";

/// The id of the n-th of those rooms.
pub(crate) fn room_id(n: usize) -> String {
    format!("00000000-0000-7000-8000-{n:012}")
}

/// The command without any configuration of the person who runs the tests.
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

/// What a command printed to stdout.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a command printed to stderr.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Asks until there is an answer. Panics with `what` when there is none before the deadline.
pub(crate) async fn eventually<T>(
    what: &str,
    deadline: Duration,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(
            start.elapsed() < deadline,
            "not within {deadline:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
