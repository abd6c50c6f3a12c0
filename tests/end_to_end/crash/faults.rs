//! The faults of the crash test, and where they happen.

use std::fmt;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// The fault of one round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// The node is killed after this time.
    Kill(Duration),
    /// The node ends when it reaches a crash point for the n-th time.
    CrashAt(&'static str, u32),
    /// Postgres stops and starts.
    PostgresRestarts,
    /// Postgres terminates the session of the stream.
    ConnectionCut,
    /// The index disk is full until the node has ended.
    DiskFull,
}

/// The points of `roost_engine::crash_point`, with the maximum number of passes until the crash.
const CRASH_POINTS: &[(&str, u32)] = &[
    ("commit_begins", 6),
    ("commit_is_prepared", 6),
    ("commit_is_durable", 6),
    ("snapshot_is_ready", 8),
    ("snapshot_is_swapped", 8),
    ("merge_begins", 3),
    ("no_merge_is_left", 6),
    ("position_is_committed", 4),
    ("position_is_acknowledged", 4),
    (TABLE_IS_COPIED, 2),
    ("new_index_is_whole", 1),
    ("index_is_swapped", 1),
    ("old_index_is_deleted", 1),
];

/// Crash points that a node reaches only during a rebuild.
pub(super) const NEW_INDEX: [&str; 3] = [
    "new_index_is_whole",
    "index_is_swapped",
    "old_index_is_deleted",
];

/// The crash point that a node reaches only during a copy.
pub(super) const TABLE_IS_COPIED: &str = "table_is_copied";

impl Fault {
    /// A random fault; over some rounds, each kind occurs.
    pub(super) fn draw(dice: &mut StdRng, has_small_disk: bool) -> Fault {
        match dice.random_range(0..20) {
            0..6 => Fault::Kill(Duration::from_millis(dice.random_range(0..700))),
            6..7 => Fault::PostgresRestarts,
            7..9 => Fault::ConnectionCut,
            9..10 if has_small_disk => Fault::DiskFull,
            _ => {
                let (point, times_max) = CRASH_POINTS.choose(dice).unwrap();
                Fault::CrashAt(point, dice.random_range(1..=*times_max))
            }
        }
    }

    /// Whether the process ended without cleaning up.
    pub(super) fn is_kill(&self) -> bool {
        matches!(self, Fault::Kill(_) | Fault::CrashAt(..))
    }
}

/// The name under which the report counts faults.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Fault::Kill(_) => "killed at random",
            Fault::CrashAt(point, _) => point,
            Fault::PostgresRestarts => "Postgres restarted",
            Fault::ConnectionCut => "connection cut",
            Fault::DiskFull => "disk full",
        })
    }
}
