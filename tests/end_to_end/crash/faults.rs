//! What breaks, and where?

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// What breaks in a round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// The node is killed at a random moment.
    Kill(Duration),
    /// The node ends as it comes to a place for the n-th time.
    CrashAt(&'static str, u32),
    /// Postgres is stopped and started.
    PostgresRestarts,
    /// The stream's connection is cut.
    ConnectionCut,
    /// The disk of the index is full, until the node has ended.
    DiskFull,
}

/// The places of `roost_engine::crash_point`, with the most times that a round waits for.
const PLACES: &[(&str, u32)] = &[
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
];

/// This one is only passed in a first copy.
pub(super) const TABLE_IS_COPIED: &str = "table_is_copied";

impl Fault {
    /// Each kind comes up, over a few rounds.
    pub(super) fn draw(dice: &mut StdRng, has_small_disk: bool) -> Fault {
        match dice.random_range(0..20) {
            0..6 => Fault::Kill(Duration::from_millis(dice.random_range(0..700))),
            6..7 => Fault::PostgresRestarts,
            7..9 => Fault::ConnectionCut,
            9..10 if has_small_disk => Fault::DiskFull,
            _ => {
                let (place, times_max) = PLACES.choose(dice).unwrap();
                Fault::CrashAt(place, dice.random_range(1..=*times_max))
            }
        }
    }

    /// Whether the process ended without a chance to clean up.
    pub(super) fn is_kill(&self) -> bool {
        matches!(self, Fault::Kill(_) | Fault::CrashAt(..))
    }
}

/// The name under which faults are counted.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Fault::Kill(_) => "killed at random",
            Fault::CrashAt(place, _) => place,
            Fault::PostgresRestarts => "Postgres restarted",
            Fault::ConnectionCut => "connection cut",
            Fault::DiskFull => "disk full",
        })
    }
}

/// A disk of some megabytes, which can be filled.
pub(super) struct SmallDisk {
    folder: tempfile::TempDir,
    is_mounted: bool,
}

impl SmallDisk {
    /// Says so, and is a folder of the common disk, where we may not mount one.
    pub(super) fn mount() -> SmallDisk {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=128m", "roost-crash-test"])
            .arg(folder.path())
            .output();
        let is_mounted = mounted.is_ok_and(|output| output.status.success());
        if !is_mounted {
            println!("crash-test: no disk can be mounted here, so none is filled");
        }
        SmallDisk { folder, is_mounted }
    }

    pub(super) fn is_small(&self) -> bool {
        self.is_mounted
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves no byte.
    pub(super) fn fill(&self) {
        assert!(self.is_mounted, "only a disk of our own is filled");
        let mut file = std::fs::File::create(self.filler()).unwrap();
        let megabyte = vec![0; 1 << 20];
        while std::io::Write::write_all(&mut file, &megabyte).is_ok() {}
    }

    pub(super) fn make_room(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if self.is_mounted {
            let unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
            if !unmounted.is_ok_and(|status| status.success()) {
                eprintln!("{} remains mounted", self.path().display());
            }
        }
    }
}
