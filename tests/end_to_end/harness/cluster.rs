//! A Postgres cluster of one test, which may stop and restart it.

use std::path::{Path, PathBuf};
use std::process::Output;

use super::{command, stderr, stdout};

/// The folder of a cluster, below a private temporary folder. Deleted with its cluster at the end.
pub(crate) struct ClusterFolder {
    parent: tempfile::TempDir,
    name: String,
}

impl ClusterFolder {
    /// The path of a cluster that does not exist yet.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            parent: tempfile::tempdir().unwrap(),
            name: name.to_owned(),
        }
    }

    /// The path of the folder.
    pub(crate) fn path(&self) -> PathBuf {
        self.parent.path().join(&self.name)
    }

    /// Starts the cluster, creates it if necessary, and returns its URL.
    pub(crate) fn start(&self) -> String {
        let started = self.run(&["start", "--throwaway"]);
        assert!(started.status.success(), "{}", stderr(&started));
        stdout(&started).trim().to_owned()
    }

    /// Stops the cluster and keeps its data.
    pub(crate) fn stop(&self) {
        let stopped = self.run(&["stop"]);
        assert!(stopped.status.success(), "{}", stderr(&stopped));
    }

    /// Runs `roost postgres` on the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let dir = [Path::new("--dir"), &self.path()].map(Path::to_owned);
        command()
            .arg("postgres")
            .args(arguments)
            .args(dir)
            .output()
            .unwrap()
    }
}

impl Drop for ClusterFolder {
    fn drop(&mut self) {
        self.run(&["stop", "--delete"]);
    }
}
