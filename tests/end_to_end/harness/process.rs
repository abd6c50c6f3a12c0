//! A long-running subcommand in its own process, which tests start, kill and restart.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::{command, eventually};

/// Long enough for a busy machine; a passing test never waits this long.
const DEADLINE: Duration = Duration::from_secs(60);

/// A subcommand of `roost` in its own process, which is killed at the end.
pub(crate) struct Process {
    subcommand: &'static str,
    settings: Vec<(String, String)>,
    /// The limit of descriptors, unless it is that of the tests.
    descriptors: Option<u32>,
    child: Child,
    starts: usize,
    folder: TempDir,
}

impl Process {
    /// Starts the subcommand in a folder, with settings such as `("ROOST_LOG", "debug")`.
    pub(crate) fn start(
        subcommand: &'static str,
        folder: TempDir,
        settings: &[(&str, &str)],
        descriptors: Option<u32>,
    ) -> Self {
        let json = ("ROOST_LOG_FORMAT", "json");
        let settings = [&[json], settings].concat();
        let settings: Vec<_> = settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self {
            child: spawn(subcommand, &folder, &settings, descriptors, 0),
            subcommand,
            settings,
            descriptors,
            starts: 1,
            folder,
        }
    }

    /// Restarts the subcommand after it has ended.
    pub(crate) fn start_again(&mut self) {
        let (folder, settings) = (&self.folder, &self.settings);
        let starts = self.starts;
        self.child = spawn(self.subcommand, folder, settings, self.descriptors, starts);
        self.starts += 1;
    }

    /// Restarts the subcommand, which ends at a crash point: see `roost_engine::crash_point`.
    pub(crate) fn restart_to_crash_at(&mut self, crash_at: &str) {
        self.settings
            .push(("ROOST_TEST_CRASH_AT".to_owned(), crash_at.to_owned()));
        self.start_again();
        self.settings.pop();
    }

    /// Kills the process, which cannot clean up.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The id of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal such as TERM or INT.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// The exit status, once the process has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits for the end of the process.
    pub(crate) async fn wait_until_ended(&mut self) -> ExitStatus {
        eventually("the process ends", DEADLINE, async || self.ended()).await
    }

    /// The log of the current process.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(log_file(self.folder.path(), self.starts - 1)).unwrap()
    }

    /// The first line with this message in the log of the current process.
    pub(crate) fn logged(&self, message: &str) -> Option<Value> {
        let log = self.log();
        let mut lines = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        lines.find(|line: &Value| line["message"] == message)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail if the process has already ended.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
        if std::thread::panicking() {
            eprintln!("roost {} logged:\n{}", self.subcommand, self.log());
        }
    }
}

fn spawn(
    subcommand: &str,
    folder: &TempDir,
    settings: &[(String, String)],
    descriptors: Option<u32>,
    start: usize,
) -> Child {
    let mut command = match descriptors {
        Some(descriptors) => limited(descriptors),
        None => command(),
    };
    command
        .arg(subcommand)
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .current_dir(folder.path())
        .stderr(File::create(log_file(folder.path(), start)).unwrap())
        .spawn()
        .unwrap()
}

fn log_file(folder: &Path, start: usize) -> PathBuf {
    folder.join(format!("{start}.log"))
}

/// The command with a lower limit of descriptors, which it cannot raise.
fn limited(descriptors: u32) -> Command {
    let roost = command();
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -n $0 && exec \"$@\""])
        .arg(descriptors.to_string())
        .arg(roost.get_program());
    for (name, _) in roost.get_envs() {
        limited.env_remove(name);
    }
    limited
}
