//! How do tests run a node, talk to it, kill it and start it again?

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;

use super::process::Process;
use super::{SmallDisk, TestDatabase, eventually};

/// Long enough for a loaded machine; a test that passes never waits this long.
const DEADLINE: Duration = Duration::from_secs(60);

/// `roost serve` in a process of its own, with an index folder of its own.
pub(crate) struct Roost {
    /// The folder of the index.
    pub(crate) data_dir: PathBuf,
    process: Process,
    address: SocketAddr,
    client: reqwest::Client,
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
        let settings = [
            ("ROOST_DATABASE_URL", database_url),
            ("ROOST_DATA_DIR", data_dir.to_str().unwrap()),
            ("ROOST_SLOT", slot),
            // The system picks a free port, and the log says which.
            ("ROOST_LISTEN", "127.0.0.1:0"),
            // A busy machine is to make no answer partial that a test compares.
            ("ROOST_SEARCH_TIMEOUT_MS", "10000"),
        ];
        let process = Process::start("serve", folder, &[&settings, more].concat());
        let client = reqwest::Client::builder()
            .timeout(DEADLINE)
            .build()
            .unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut node = Self {
            data_dir,
            process,
            address,
            client,
        };
        node.find_address().await;
        node
    }

    /// A node whose index is on this disk, ready or not.
    pub(crate) async fn start_on(disk: &SmallDisk, database: &TestDatabase) -> Self {
        let data_dir = disk.path().join("data");
        let setting = ("ROOST_DATA_DIR", data_dir.to_str().unwrap());
        let mut node = Self::start_unready(&database.url, &database.name, &[setting]).await;
        node.data_dir = data_dir;
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
        self.process.log()
    }

    /// The first line with this message that the process of the last start has logged.
    pub(crate) fn logged(&self, message: &str) -> Option<Value> {
        self.process.logged(message)
    }

    /// Ends the process without a chance to clean up.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts the process again over the same folder and slot, and waits until it is ready.
    pub(crate) async fn restart(&mut self) {
        self.restart_unready().await;
        self.wait_until_ready().await;
    }

    /// Starts the process again over the same folder and slot, ready or not.
    pub(crate) async fn restart_unready(&mut self) {
        self.process.start_again();
        self.find_address().await;
    }

    /// Starts the process again, to end where it comes to a place: see `roost_engine::crash_point`. It
    /// need not live until it answers.
    pub(crate) fn start_doomed(&mut self, crash_at: &str) {
        self.process.start_doomed(crash_at);
    }

    /// Asks the process to end, and holds it to ending well.
    pub(crate) async fn stop(&mut self) {
        self.signal("TERM");
        let status = self.wait_until_ended().await;
        assert_eq!(status.code(), Some(0), "{}", self.log());
    }

    /// Sends a signal such as TERM or INT.
    pub(crate) fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Waits for the end of the process.
    pub(crate) async fn wait_until_ended(&mut self) -> ExitStatus {
        self.process.wait_until_ended().await
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
        let process = &mut self.process;
        self.address = eventually("the API listens", DEADLINE, async || {
            if let Some(status) = process.ended() {
                panic!("roost serve ended ({status}): {}", process.log());
            }
            process.logged("the API listens")?["address"]
                .as_str()?
                .parse()
                .ok()
        })
        .await;
    }
}
