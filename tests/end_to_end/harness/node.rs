//! A node under test: `roost serve` in a process that tests query, kill and restart.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;

use super::process::Process;
use super::{SmallDisk, TestDatabase, eventually};

/// Long enough for a busy machine; a passing test never waits this long.
const DEADLINE: Duration = Duration::from_secs(60);

/// The message that a node logs when it discards its index and copies the tables again.
pub(crate) const REBUILDING: &str = "rebuilding the index";

/// An answer with its headers.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    /// The body, which is null unless it is JSON.
    pub(crate) json: Value,
}

/// `roost serve` in its own process, over its own index folder.
pub(crate) struct Roost {
    /// The folder of the index.
    pub(crate) data_dir: PathBuf,
    process: Process,
    address: SocketAddr,
    client: reqwest::Client,
}

impl Roost {
    /// A node over this database that has finished its initial copy.
    pub(crate) async fn start(database: &TestDatabase) -> Self {
        let node = Self::start_unready(&database.url, &database.name, &[]).await;
        node.wait_until_ready().await;
        node
    }

    /// A node that responds but may not be ready, with settings such as `("ROOST_LOG", "debug")`.
    pub(crate) async fn start_unready(
        database_url: &str,
        slot: &str,
        more: &[(&str, &str)],
    ) -> Self {
        Self::start_limited(database_url, slot, more, None).await
    }

    /// A node that can open this many descriptors and has finished its initial copy.
    pub(crate) async fn start_with_descriptors(database: &TestDatabase, descriptors: u32) -> Self {
        let (url, slot) = (&database.url, &database.name);
        let node = Self::start_limited(url, slot, &[], Some(descriptors)).await;
        node.wait_until_ready().await;
        node
    }

    async fn start_limited(
        database_url: &str,
        slot: &str,
        more: &[(&str, &str)],
        descriptors: Option<u32>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let settings = [
            ("ROOST_DATABASE_URL", database_url),
            ("ROOST_DATA_DIR", data_dir.to_str().unwrap()),
            ("ROOST_SLOT", slot),
            // The system picks a free port, which the node logs.
            ("ROOST_LISTEN", "127.0.0.1:0"),
            // On a busy machine too, tests compare complete results.
            ("ROOST_SEARCH_TIMEOUT_MS", "10000"),
        ];
        let process = Process::start("serve", folder, &[&settings, more].concat(), descriptors);
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

    /// A node whose index is on this disk, and that may not be ready.
    pub(crate) async fn start_on(disk: &SmallDisk, database: &TestDatabase) -> Self {
        let data_dir = disk.path().join("data");
        let setting = ("ROOST_DATA_DIR", data_dir.to_str().unwrap());
        let mut node = Self::start_unready(&database.url, &database.name, &[setting]).await;
        node.data_dir = data_dir;
        node
    }

    /// Waits until the initial copy is finished.
    pub(crate) async fn wait_until_ready(&self) {
        eventually("/health/ready responds 200", DEADLINE, async || {
            (self.get("/health/ready").await.0 == 200).then_some(())
        })
        .await;
    }

    /// Sends a GET request; returns the status and the body, which is null unless it is JSON.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.answer(self.client.get(self.url(path))).await
    }

    /// Sends a POST request with a JSON body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.post(self.url(path));
        let request = request.header("content-type", "application/json");
        self.answer(request.body(body.to_string())).await
    }

    /// Sends a request with an access token and a JSON body, each if there is one.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Reply {
        let mut request = self.client.request(method.parse().unwrap(), self.url(path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            let request_body = body.to_string();
            request = request
                .header("content-type", "application/json")
                .body(request_body);
        }
        let answer = request.send().await.unwrap_or_else(|e| panic!("{e}"));
        Reply {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            json: answer.json().await.unwrap_or(Value::Null),
        }
    }

    /// The address of the API.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The id of the current process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// All metrics, in the text format.
    pub(crate) async fn metrics(&self) -> String {
        // Over a new connection, because tests fill the limit of connections.
        let response = reqwest::get(self.url("/metrics")).await.unwrap();
        response.text().await.unwrap()
    }

    /// The value of a metric, whose name includes the labels.
    pub(crate) async fn metric(&self, name: &str) -> Option<f64> {
        let text = self.metrics().await;
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        Some(value.parse().unwrap())
    }

    /// Waits until a metric has a suitable value.
    pub(crate) async fn await_metric(&self, name: &str, fits: impl Fn(f64) -> bool) {
        eventually(name, DEADLINE, async || {
            let value = self.metric(name).await;
            value.filter(|value| fits(*value)).map(drop)
        })
        .await;
    }

    /// The log of the current process.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    /// The first line with this message in the log of the current process.
    pub(crate) fn logged(&self, message: &str) -> Option<Value> {
        self.process.logged(message)
    }

    /// The log line of a rebuild that the node started by itself, with its reason.
    pub(crate) fn rebuild_line(&self) -> Option<Value> {
        self.logged(REBUILDING)
    }

    /// Asserts that the current process has kept its index, and reports no rebuild or second copy
    /// in any message.
    pub(crate) fn assert_not_rebuilt(&self) {
        let log = self.log();
        for trace in [
            "rebuild",
            "rebuilt",
            "copied again",
            "copy again",
            "loaded again",
        ] {
            assert!(!log.contains(trace), "{trace}: {log}");
        }
    }

    /// Kills the process, which cannot clean up.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Restarts the process over the same folder and slot, and waits until it is ready.
    pub(crate) async fn restart(&mut self) {
        self.restart_unready().await;
        self.wait_until_ready().await;
    }

    /// Restarts the process over the same folder and slot without waiting until it is ready.
    pub(crate) async fn restart_unready(&mut self) {
        self.process.start_again();
        self.find_address().await;
    }

    /// Restarts the process, which ends at a crash point: see `roost_engine::crash_point`. It may
    /// end before it responds.
    pub(crate) fn restart_to_crash_at(&mut self, crash_at: &str) {
        self.process.restart_to_crash_at(crash_at);
    }

    /// Stops the process and asserts that it exits successfully.
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
