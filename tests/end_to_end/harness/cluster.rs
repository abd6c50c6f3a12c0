//! How does a test get a Postgres that it may stop?

use std::path::{Path, PathBuf};
use std::process::Output;

use super::{command, stderr, stdout};

/// The folder of a cluster, in a place that only we can enter. Deleted at the end.
pub(crate) struct ClusterFolder {
    parent: tempfile::TempDir,
    name: String,
}

impl ClusterFolder {
    /// A folder that is not there yet, nor is the cluster.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            parent: tempfile::tempdir().unwrap(),
            name: name.to_owned(),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        self.parent.path().join(&self.name)
    }

    /// Starts the cluster, which is made if it is not there; returns its URL.
    pub(crate) fn start(&self) -> String {
        let started = self.run(&["start", "--throwaway"]);
        assert!(started.status.success(), "{}", stderr(&started));
        stdout(&started).trim().to_owned()
    }

    /// Stops the cluster; its data stays.
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
