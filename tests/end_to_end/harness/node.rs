//! How do tests run a node, talk to it, kill it and start it again?

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::{TestDatabase, command, eventually};

/// Long enough for a loaded machine; a test that passes never waits this long.
const DEADLINE: Duration = Duration::from_secs(60);

/// `roost serve` in a process of its own, with an index folder of its own.
pub(crate) struct Roost {
    /// The folder of the index.
    pub(crate) data_dir: PathBuf,
    settings: Vec<(String, String)>,
    child: Child,
    address: SocketAddr,
    client: reqwest::Client,
    starts: usize,
    folder: TempDir,
}

impl Roost {
    /// A node over this database that has done its first copy.
    pub(crate) async fn start(database: &TestDatabase) -> Self {
        let node = Self::start_unready(&database.url, &database.name, &[]).await;
        node.wait_until_ready().await;
        node
    }

    /// A node that answers, ready or not, with further settings such as `("ROOST_LOG", "debug")`.
    pub(crate) async fn start_unready(
        database_url: &str,
        slot: &str,
        more: &[(&str, &str)],
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let mut settings = vec![
            ("ROOST_DATABASE_URL".to_owned(), database_url.to_owned()),
            (
                "ROOST_DATA_DIR".to_owned(),
                data_dir.to_string_lossy().into_owned(),
            ),
            ("ROOST_SLOT".to_owned(), slot.to_owned()),
            // The system picks a free port, and the log says which.
            ("ROOST_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("ROOST_LOG_FORMAT".to_owned(), "json".to_owned()),
            // A busy machine is to make no answer partial that a test compares.
            ("ROOST_SEARCH_TIMEOUT_MS".to_owned(), "10000".to_owned()),
        ];
        settings.extend(
            more.iter()
                .map(|(name, value)| ((*name).into(), (*value).into())),
        );
        let child = spawn(&folder, &settings, 0);
        let client = reqwest::Client::builder()
            .timeout(DEADLINE)
            .build()
            .unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut node = Self {
            data_dir,
            settings,
            child,
            address,
            client,
            starts: 1,
            folder,
        };
        node.find_address().await;
        node
    }

    /// Waits until the first copy is done.
    pub(crate) async fn wait_until_ready(&self) {
        eventually("/health/ready answers 200", DEADLINE, async || {
            (self.get("/health/ready").await.0 == 200).then_some(())
        })
        .await;
    }

    /// Asks the API; the body is null when it is no JSON.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.answer(self.client.get(self.url(path))).await
    }

    /// The same with a body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.post(self.url(path));
        let request = request.header("content-type", "application/json");
        self.answer(request.body(body.to_string())).await
    }

    /// Where the API listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the process of the last start has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(log_file(&self.folder, self.starts - 1)).unwrap()
    }

    /// The first line with this message that the process of the last start has logged.
    pub(crate) fn logged(&self, message: &str) -> Option<Value> {
        let log = self.log();
        let mut lines = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        lines.find(|line: &Value| line["message"] == message)
    }

    /// Ends the process without a chance to clean up.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts the process again over the same folder and slot, and waits until it is ready.
    pub(crate) async fn restart(&mut self) {
        self.restart_unready().await;
        self.wait_until_ready().await;
    }

    /// Starts the process again over the same folder and slot, ready or not.
    pub(crate) async fn restart_unready(&mut self) {
        self.child = spawn(&self.folder, &self.settings, self.starts);
        self.starts += 1;
        self.find_address().await;
    }

    /// Starts the process again, to end where it comes to a place: see `roost_engine::crash_point`. It
    /// need not live until it answers.
    pub(crate) fn start_doomed(&mut self, crash_at: &str) {
        let crash_at = ("ROOST_TEST_CRASH_AT".to_owned(), crash_at.to_owned());
        let settings = [&self.settings[..], &[crash_at]].concat();
        self.child = spawn(&self.folder, &settings, self.starts);
        self.starts += 1;
    }

    /// Asks the process to end, and holds it to ending well.
    pub(crate) async fn stop(&mut self) {
        self.signal("TERM");
        let status = self.wait_until_ended().await;
        assert_eq!(status.code(), Some(0), "{}", self.log());
    }

    /// Sends a signal such as TERM or INT.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end of the process.
    pub(crate) async fn wait_until_ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually("the process ends", DEADLINE, async || {
            child.try_wait().unwrap()
        })
        .await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap_or_else(|e| panic!("{e}"));
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    async fn find_address(&mut self) {
        let log = log_file(&self.folder, self.starts - 1);
        let child = &mut self.child;
        self.address = eventually("the API listens", DEADLINE, async || {
            let text = std::fs::read_to_string(&log).unwrap();
            if let Some(status) = child.try_wait().unwrap() {
                panic!("roost serve ended ({status}): {text}");
            }
            text.lines().find_map(|line| {
                let line: Value = serde_json::from_str(line).ok()?;
                (line["message"] == "the API listens").then_some(())?;
                line["address"].as_str()?.parse().ok()
            })
        })
        .await;
    }
}

impl Drop for Roost {
    fn drop(&mut self) {
        // Fails when the process has ended, which is as well.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the node logged:\n{}", self.log());
        }
    }
}

fn spawn(folder: &TempDir, settings: &[(String, String)], start: usize) -> Child {
    command()
        .arg("serve")
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .current_dir(folder.path())
        .stderr(File::create(log_file(folder, start)).unwrap())
        .spawn()
        .unwrap()
}

fn log_file(folder: &TempDir, start: usize) -> PathBuf {
    folder.path().join(format!("{start}.log"))
}
