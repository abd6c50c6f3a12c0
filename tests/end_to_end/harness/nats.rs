//! How does a test get a NATS server, and a publisher that fills a stream of it?

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::stream::Stream;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
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
    is_encrypted: bool,
}

impl NatsServer {
    pub(crate) async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), false).await
    }

    /// One that takes encrypted connections only, with a certificate of an authority that nobody knows.
    pub(crate) async fn start_encrypted() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_certificates(folder.path());
        Self::start_in(folder, true).await
    }

    async fn start_in(folder: TempDir, is_encrypted: bool) -> Self {
        // The server picks a free port and writes down which.
        let child = spawn_server(folder.path(), -1, is_encrypted);
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
            is_encrypted,
        }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.is_encrypted { "tls" } else { "nats" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The certificate of the authority, where it is encrypted.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join(CA_FILE)
    }

    /// Ends the server without a chance to clean up.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again over the same messages.
    pub(crate) async fn restart(&mut self) {
        self.child = spawn_server(self.folder.path(), i32::from(self.port), self.is_encrypted);
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

const CA_FILE: &str = "ca.pem";
const CERTIFICATE_FILE: &str = "server.pem";
const KEY_FILE: &str = "server.key";

fn write_certificates(folder: &Path) {
    let write = |file: &str, text: String| std::fs::write(folder.join(file), text).unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let server = server.signed_by(&key, &authority).unwrap();
    write(CA_FILE, authority.pem());
    write(CERTIFICATE_FILE, server.pem());
    write(KEY_FILE, key.serialize_pem());
}

fn spawn_server(folder: &Path, port: i32, is_encrypted: bool) -> Child {
    let mut encryption = Vec::new();
    if is_encrypted {
        let files = [("--tlscert", CERTIFICATE_FILE), ("--tlskey", KEY_FILE)];
        let files = files.map(|(flag, file)| [flag.into(), folder.join(file)]);
        encryption.push(PathBuf::from("--tls"));
        encryption.extend(files.into_iter().flatten());
    }
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
            .args(&encryption)
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
        Self::start_with(database, nats, &[])
    }

    /// The same with further settings.
    pub(crate) fn start_with(
        database: &TestDatabase,
        nats: &NatsServer,
        more: &[(&str, &str)],
    ) -> Self {
        let settings = [
            ("ROOST_DATABASE_URL", &*database.url),
            ("ROOST_NATS_URL", &nats.url()),
            ("ROOST_SLOT", &format!("{}_publish", database.name)),
        ];
        let folder = tempfile::tempdir().unwrap();
        Self(Process::start(
            "publish",
            folder,
            &[&settings, more].concat(),
        ))
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

    /// The first line with this message that the process of the last start has logged.
    pub(crate) fn logged(&self, message: &str) -> Option<Value> {
        self.0.logged(message)
    }

    pub(crate) async fn wait_until_it_publishes(&self) {
        eventually("the publisher publishes", DEADLINE, async || {
            self.log().contains("publishing the changes").then_some(())
        })
        .await;
    }
}
