//! The service behind a real socket, and a client that sends exactly the given bytes.

use std::net::SocketAddr;

use roost_api::ServerOptions;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::service::Service;

pub(crate) struct Socket {
    address: SocketAddr,
    _stop: DropGuard,
}

/// A response as it arrived.
pub(crate) struct Response {
    pub(crate) status: u16,
    /// The status line and headers in lower case.
    pub(crate) head: String,
    /// The body, if it is JSON.
    pub(crate) json: Value,
    pub(crate) body: Vec<u8>,
}

impl Socket {
    pub(crate) async fn serve(service: &Service) -> Socket {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        tokio::spawn(roost_api::serve(
            listener,
            service.state.clone(),
            ServerOptions::default(),
            stop.clone(),
        ));
        Socket {
            address,
            _stop: stop.drop_guard(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send("GET", path, "", b"").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Response {
        let headers = "content-type: application/json\r\n";
        self.send("POST", path, headers, body.as_bytes()).await
    }

    /// Sends a request with further headers, each with a line end.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Response {
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: roost\r\nconnection: close\r\n\
             content-length: {length}\r\n{headers}\r\n"
        );
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut received = Vec::new();
        stream.read_to_end(&mut received).await.unwrap();
        Response::parse(&received)
    }
}

impl Response {
    fn parse(received: &[u8]) -> Response {
        let mut windows = received.windows(4);
        let end = windows.position(|window| window == b"\r\n\r\n").unwrap();
        let head = str::from_utf8(&received[..end]).unwrap().to_lowercase();
        let body = received[end + 4..].to_vec();
        Response {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            json: serde_json::from_slice(&body).unwrap_or_default(),
            head,
            body,
        }
    }

    /// The error, which must have this status and code.
    pub(crate) fn error(&self, status: u16, code: &str) -> &Value {
        let error = &self.json["error"];
        assert_eq!(
            (self.status, &error["code"]),
            (status, &code.into()),
            "{}",
            self.json
        );
        assert_eq!(self.json["success"], false);
        assert_eq!(self.json["data"], Value::Null);
        error
    }

    /// The data and meta of a successful answer.
    pub(crate) fn ok(&self) -> (&Value, &Value) {
        assert_eq!(self.status, 200, "{}", self.json);
        (&self.json["data"], &self.json["meta"])
    }
}
