//! A client that writes the bytes of HTTP itself, so that it can be as slow, silent or wrong as an
//! attacker.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::harness::Roost;

/// Long enough for a busy machine; a passing test never waits this long.
const DEADLINE: Duration = Duration::from_secs(60);

/// One connection to a node.
pub(crate) struct RawClient(TcpStream);

/// A response with its parts.
pub(crate) struct RawResponse {
    pub(crate) status: u16,
    /// The status line and the headers, in lower case.
    pub(crate) head: String,
    pub(crate) json: Value,
}

impl RawClient {
    pub(crate) async fn connect(node: &Roost) -> Self {
        Self(TcpStream::connect(node.address()).await.unwrap())
    }

    /// Connects from another address of this machine, such as 127.0.0.2.
    pub(crate) async fn connect_from(node: &Roost, address: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        let local = SocketAddr::new(address.parse().unwrap(), 0);
        socket.bind(local).unwrap();
        Self(socket.connect(node.address()).await.unwrap())
    }

    /// Connects with a small buffer for responses, so that the system does not read them instead of
    /// the client.
    pub(crate) async fn connect_with_small_buffer(node: &Roost) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self(socket.connect(node.address()).await.unwrap())
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes.as_ref()).await.unwrap();
    }

    /// Sends bytes; an error means that the node has closed the connection.
    pub(crate) async fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// Sends a GET request.
    pub(crate) async fn send_get(&mut self, path: &str) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: roost\r\n\r\n");
        self.send(request).await;
    }

    /// Sends a multi-search with this body.
    pub(crate) async fn send_multi_search(&mut self, body: &Value) {
        let body = body.to_string();
        let head = format!(
            "POST /api/v1/multi-search HTTP/1.1\r\nHost: roost\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.send(head + &body).await;
    }

    /// Reads one response, which must have a length.
    pub(crate) async fn response(&mut self) -> RawResponse {
        let mut bytes = Vec::new();
        let head_end = loop {
            if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.read_more(&mut bytes).await;
        };
        let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| {
            let length = line.strip_prefix("content-length: ")?;
            length.parse::<usize>().ok()
        });
        let end = head_end + length.unwrap_or_else(|| panic!("no length: {head}"));
        while bytes.len() < end {
            self.read_more(&mut bytes).await;
        }
        RawResponse {
            status: head[9..12].parse().unwrap(),
            json: serde_json::from_slice(&bytes[head_end..end]).unwrap_or(Value::Null),
            head,
        }
    }

    /// Waits until the node closes the connection; returns what it sent before.
    pub(crate) async fn until_closed(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let closed = timeout(DEADLINE, self.0.read_to_end(&mut bytes)).await;
        match closed.expect("the node keeps the connection open") {
            Err(error) if error.kind() != io::ErrorKind::ConnectionReset => panic!("{error}"),
            _ => bytes,
        }
    }

    /// Whether the node has closed the connection, on which it has sent nothing.
    pub(crate) fn is_closed(&self) -> bool {
        match self.0.try_read(&mut [0; 1]) {
            Ok(0) => true,
            Ok(_) => panic!("the node has sent something"),
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        }
    }

    async fn read_more(&mut self, bytes: &mut Vec<u8>) {
        let read = timeout(DEADLINE, self.0.read_buf(bytes)).await;
        let read = read.expect("the node sends nothing").unwrap();
        assert!(
            read > 0,
            "closed after {:?}",
            String::from_utf8_lossy(bytes)
        );
    }
}
