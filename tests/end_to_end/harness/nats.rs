//! A NATS server of one test, and a publisher that fills a stream of it.

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
/// Debian installs the server in a folder that is only on the path of root.
const PLACES: &[&str] = &[
    "nats-server",
    "/usr/sbin/nats-server",
    "/usr/local/bin/nats-server",
];

/// A server with JetStream for one test. Its messages are deleted at the end.
pub(crate) struct NatsServer {
    folder: TempDir,
    child: Child,
    port: u16,
    is_encrypted: bool,
}

impl NatsServer {
    pub(crate) async fn start() -> Self {
        // A stream may grow to 4 GiB, and the server rejects one that could exceed its limit, which
        // is three quarters of the free disk space by default. Tests store a few MB.
        Self::start_with_storage("8GB").await
    }

    /// A server that stores no more than this, in the notation of its configuration.
    pub(crate) async fn start_with_storage(max: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        limit_storage(folder.path(), max);
        Self::start_in(folder, false).await
    }

    /// A server that accepts only TLS, with a certificate of a private authority.
    pub(crate) async fn start_encrypted() -> Self {
        let folder = tempfile::tempdir().unwrap();
        limit_storage(folder.path(), "8GB");
        write_certificates(folder.path());
        Self::start_in(folder, true).await
    }

    async fn start_in(folder: TempDir, is_encrypted: bool) -> Self {
        // The server picks a free port and writes it to a file.
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

    /// Its connection URL.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.is_encrypted { "tls" } else { "nats" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The certificate of the authority of an encrypted server.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join(CA_FILE)
    }

    /// Kills the server, which cannot clean up.
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

    /// The stream that carries the changes.
    pub(crate) async fn stream(&self) -> Stream {
        let client = async_nats::connect(self.url()).await.unwrap();
        let context = jetstream::new(client);
        eventually("the stream exists", DEADLINE, async || {
            context.get_stream("roost").await.ok()
        })
        .await
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        // Both fail if the process has already ended.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

const CONFIG_FILE: &str = "nats.conf";
const CA_FILE: &str = "ca.pem";
const CERTIFICATE_FILE: &str = "server.pem";
const KEY_FILE: &str = "server.key";

fn limit_storage(folder: &Path, max: &str) {
    let config = format!("jetstream {{ max_file_store: {max} }}");
    std::fs::write(folder.join(CONFIG_FILE), config).unwrap();
}

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
            .arg("--config")
            .arg(folder.join(CONFIG_FILE))
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
    /// A publisher from a database to a server, which publishes changes.
    pub(crate) async fn start(database: &TestDatabase, nats: &NatsServer) -> Self {
        let publisher = Self::start_unready(database, nats);
        publisher.wait_until_it_publishes().await;
        publisher
    }

    /// A publisher that may not get as far as publishing.
    pub(crate) fn start_unready(database: &TestDatabase, nats: &NatsServer) -> Self {
        Self::start_with(database, nats, &[])
    }

    /// The same with additional settings.
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
            None,
        ))
    }

    /// Kills the process, which cannot clean up.
    pub(crate) fn kill(&mut self) {
        self.0.kill();
    }

    /// Restarts the process and waits until it publishes.
    pub(crate) async fn restart(&mut self) {
        self.0.start_again();
        self.wait_until_it_publishes().await;
    }

    /// Restarts the process, which ends at a crash point: see `roost_engine::crash_point`.
    pub(crate) fn restart_to_crash_at(&mut self, crash_at: &str) {
        self.0.restart_to_crash_at(crash_at);
    }

    /// Waits for the end of the process.
    pub(crate) async fn wait_until_ended(&mut self) {
        self.0.wait_until_ended().await;
    }

    /// The log of the current process.
    pub(crate) fn log(&self) -> String {
        self.0.log()
    }

    /// The first line with this message in the log of the current process.
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
