//! How does a test get a disk that is soon full?

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system in memory. Gone at the end.
pub(crate) struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// Mounts one of this size; `None` where we may not, which is said.
    pub(crate) fn mount(megabytes: usize) -> Option<Self> {
        let disk = Self(tempfile::tempdir().unwrap());
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(disk.path())
            .output();
        let is_mounted = mounted.is_ok_and(|output| output.status.success());
        if !is_mounted {
            eprintln!("no file system can be mounted here: what needs one is skipped");
        }
        is_mounted.then_some(disk)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all the room that is left.
    pub(crate) fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    /// Gives it back.
    pub(crate) fn free(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A folder that is not mounted is no matter.
        let _unmounted = Command::new("umount")
            .arg("--lazy")
            .arg(self.path())
            .output();
    }
}
