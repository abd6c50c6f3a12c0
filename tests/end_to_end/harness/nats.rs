//! How does a test get a NATS server, and a publisher that fills a stream of it?

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::stream::Stream;
use serde_json::Value;
use tempfile::TempDir;

use super::process::Process;
use super::{TestDatabase, eventually};

const DEADLINE: Duration = Duration::from_secs(30);
/// Debian installs it where only root looks.
const PLACES: &[&str] = &[
    "nats-server",
    "/usr/sbin/nats-server",
    "/usr/local/bin/nats-server",
];

/// A server of the test's own with JetStream on. Its messages are deleted at the end.
pub(crate) struct NatsServer {
    folder: TempDir,
    child: Child,
    port: u16,
}

impl NatsServer {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The server picks a free port and writes down which.
        let child = spawn_server(folder.path(), -1);
        let ports = folder
            .path()
            .join(format!("nats-server_{}.ports", child.id()));
        let port = eventually("the NATS server listens", DEADLINE, async || {
            let ports: Value = serde_json::from_str(&std::fs::read_to_string(&ports).ok()?).ok()?;
            ports["nats"][0].as_str()?.rsplit(':').next()?.parse().ok()
        })
        .await;
        Self {
            folder,
            child,
            port,
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Ends the server without a chance to clean up.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again over the same messages.
    pub(crate) async fn restart(&mut self) {
        self.child = spawn_server(self.folder.path(), i32::from(self.port));
        let address = ("127.0.0.1", self.port);
        eventually("the NATS server listens again", DEADLINE, async || {
            tokio::net::TcpStream::connect(address).await.ok()
        })
        .await;
    }

    /// The stream of the changes.
    pub(crate) async fn stream(&self) -> Stream {
        let client = async_nats::connect(self.url()).await.unwrap();
        let context = jetstream::new(client);
        eventually("there is a stream", DEADLINE, async || {
            context.get_stream("roost").await.ok()
        })
        .await
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        // Fails when the process has ended, which is as well.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn spawn_server(folder: &Path, port: i32) -> Child {
    let start = |program: &&str| {
        Command::new(program)
            .args([
                "--jetstream",
                "--addr",
                "127.0.0.1",
                "--port",
                &port.to_string(),
            ])
            .arg("--store_dir")
            .arg(folder)
            .arg("--ports_file_dir")
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("log")).unwrap())
            .spawn()
            .ok()
    };
    PLACES.iter().find_map(start).expect(
        "nats-server is installed: `make test` installs it where the system has apt; by hand, as \
         root: apt-get install nats-server",
    )
}

/// `roost publish` in a process of its own.
pub(crate) struct Publisher(Process);

impl Publisher {
    /// A publisher from this database to that server.
    pub(crate) async fn start(database: &TestDatabase, nats: &NatsServer) -> Self {
        let publisher = Self::start_unready(database, nats);
        publisher.wait_until_it_publishes().await;
        publisher
    }

    /// The same; it need not come to publish anything.
    pub(crate) fn start_unready(database: &TestDatabase, nats: &NatsServer) -> Self {
        let settings = [
            ("ROOST_DATABASE_URL", &*database.url),
            ("ROOST_NATS_URL", &nats.url()),
            ("ROOST_SLOT", &format!("{}_publish", database.name)),
        ];
        let folder = tempfile::tempdir().unwrap();
        Self(Process::start("publish", folder, &settings))
    }

    /// Ends the process without a chance to clean up.
    pub(crate) fn kill(&mut self) {
        self.0.kill();
    }

    /// Starts the process again.
    pub(crate) async fn restart(&mut self) {
        self.0.start_again();
        self.wait_until_it_publishes().await;
    }

    /// Starts the process again, to end where it comes to a place: see `roost_engine::crash_point`.
    pub(crate) fn start_doomed(&mut self, crash_at: &str) {
        self.0.start_doomed(crash_at);
    }

    /// Waits for the end of the process.
    pub(crate) async fn wait_until_ended(&mut self) {
        self.0.wait_until_ended().await;
    }

    /// What the process of the last start has logged so far.
    pub(crate) fn log(&self) -> String {
        self.0.log()
    }

    async fn wait_until_it_publishes(&self) {
        eventually("the publisher publishes", DEADLINE, async || {
            self.log().contains("publishing the changes").then_some(())
        })
        .await;
    }
}
