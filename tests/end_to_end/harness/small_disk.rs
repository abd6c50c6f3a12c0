//! A small disk that a test can fill.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system in memory, unmounted at the end.
pub(crate) struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// Mounts a file system of this size. Prints a note and returns `None` without the privilege.
    pub(crate) fn mount(megabytes: usize) -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(disk.path())
            .output();
        let is_mounted = mounted.is_ok_and(|output| output.status.success());
        if !is_mounted {
            eprintln!("skipped: this test needs the privilege to mount a file system");
        }
        is_mounted.then_some(disk)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Uses all free space.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    /// Frees the space that `fill` used.
    pub(crate) fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Fails if nothing is mounted there.
        let _unmounted = Command::new("umount")
            .arg("--lazy")
            .arg(self.path())
            .output();
    }
}
