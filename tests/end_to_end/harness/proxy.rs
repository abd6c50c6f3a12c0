//! A proxy in front of Postgres whose connections can hang without closing.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Forwards bytes between a node and Postgres until a test makes connections hang.
pub(crate) struct Proxy {
    address: String,
    connections: Arc<Mutex<Connections>>,
}

/// The connections that a test makes hang, of those that are open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    /// Only connections that carry a replication stream.
    Streams,
}

#[derive(Default)]
struct Connections {
    opened: usize,
    streams: HashSet<usize>,
    hung: HashSet<usize>,
}

impl Proxy {
    /// Starts a proxy in front of the server of this URL.
    pub(crate) async fn start(url: &str) -> Self {
        let server = address(url).to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap().to_string(),
            connections: Arc::default(),
        };
        let connections = Arc::clone(&proxy.connections);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else {
                    continue;
                };
                let number = {
                    let mut connections = connections.lock().unwrap();
                    connections.opened += 1;
                    connections.opened
                };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                for (from, to) in [(from_client, to_server), (from_server, to_client)] {
                    let connections = Arc::clone(&connections);
                    tokio::spawn(pass_on(from, to, number, connections));
                }
            }
        });
        proxy
    }

    /// The same URL with the address of the proxy.
    pub(crate) fn url(&self, url: &str) -> String {
        url.replacen(address(url), &self.address, 1)
    }

    /// Makes connections hang: the proxy forwards nothing any more and closes neither side, even
    /// when the other side closes. New connections work.
    pub(crate) fn hang(&self, which: Which) {
        let mut connections = self.connections.lock().unwrap();
        let hung: Vec<usize> = match which {
            Which::All => (1..=connections.opened).collect(),
            Which::Streams => connections.streams.iter().copied().collect(),
        };
        assert!(!hung.is_empty(), "no such connection is open");
        connections.hung.extend(hung);
    }
}

impl Connections {
    /// Whether to forward these bytes of a connection.
    fn passes(&mut self, number: usize, bytes: &[u8]) -> bool {
        // The startup message of a replication session names this parameter.
        if bytes.windows(12).any(|word| word == b"replication\0") {
            self.streams.insert(number);
        }
        !self.hung.contains(&number)
    }
}

async fn pass_on(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    number: usize,
    connections: Arc<Mutex<Connections>>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer).await.unwrap_or(0);
        let passes = connections.lock().unwrap().passes(number, &buffer[..count]);
        if !passes {
            // Both halves stay open.
            std::future::pending::<()>().await;
        }
        if count == 0 || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// The host and port of a URL.
fn address(url: &str) -> &str {
    let (_, rest) = url.rsplit_once('@').expect("a URL with a user");
    rest.split('/').next().unwrap_or_default()
}
