//! A minimal HTTP/1.1 client for hostile and for measured requests.
//!
//! A full client library would reject most of what the attacks send, and would cost as much as the
//! node that shares the machine.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that may carry many requests.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
    /// The start of what has not been consumed of `read`.
    at: usize,
}

/// A response that was read to its end.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// Whether the node closes the connection after it.
    pub(crate) is_last: bool,
}

/// The length of a body, as its head declares it.
enum Length {
    Bytes(usize),
    Chunked,
    UntilClosed,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: Vec::new(),
            at: 0,
        })
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Sends a complete request and reads its response.
    pub(crate) async fn request(&mut self, request: &[u8]) -> io::Result<Response> {
        self.send(request).await?;
        self.response().await
    }

    /// Reads the next response to its end.
    pub(crate) async fn response(&mut self) -> io::Result<Response> {
        self.read.drain(..self.at);
        self.at = 0;
        let end = self.find(b"\r\n\r\n").await?;
        let head = String::from_utf8_lossy(&self.read[..end]).into_owned();
        self.at = end + 4;
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| invalid("a response without a status"))?;
        let length = length_of(&head);
        let is_last = header(&head, "connection").is_some_and(|value| value.contains("close"))
            || matches!(length, Length::UntilClosed);
        let body = match length {
            Length::Bytes(count) => self.take(count).await?,
            Length::Chunked => self.take_chunks().await?,
            Length::UntilClosed => self.take_rest().await?,
        };
        Ok(Response {
            status,
            body,
            is_last,
        })
    }

    /// Reads and discards what the node sends until it closes the connection.
    pub(crate) async fn drain(&mut self) -> io::Result<()> {
        loop {
            self.read.clear();
            self.at = 0;
            self.more().await?;
        }
    }

    async fn take(&mut self, count: usize) -> io::Result<Vec<u8>> {
        self.read.reserve(count);
        while self.read.len() < self.at + count {
            self.more().await?;
        }
        let body = self.read[self.at..self.at + count].to_vec();
        self.at += count;
        Ok(body)
    }

    async fn take_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = self.find(b"\r\n").await?;
            let size = String::from_utf8_lossy(&self.read[self.at..end]).into_owned();
            let size = usize::from_str_radix(size.trim(), 16);
            let size = size.map_err(|_| invalid("a chunk without a size"))?;
            self.at = end + 2;
            let chunk = self.take(size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    async fn take_rest(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.more().await {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Ok(self.read.split_off(self.at));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads until these bytes occur, and returns where they start.
    async fn find(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let unread = &self.read[self.at..];
            let found = unread.windows(bytes.len()).position(|part| part == bytes);
            if let Some(found) = found {
                return Ok(self.at + found);
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// A GET request that keeps the connection open.
pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: roost\r\n\r\n").into_bytes()
}

/// A POST request with a JSON body.
pub(crate) fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: roost\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A text in the percent-encoding of a query string.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn length_of(head: &str) -> Length {
    let is_chunked = header(head, "transfer-encoding").is_some_and(|value| value == "chunked");
    let bytes = header(head, "content-length").and_then(|value| value.parse().ok());
    match (is_chunked, bytes) {
        (true, _) => Length::Chunked,
        (false, Some(bytes)) => Length::Bytes(bytes),
        (false, None) => Length::UntilClosed,
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
