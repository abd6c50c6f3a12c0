//! A minimal HTTP client over a keep-alive connection. A full client library would cost as much as
//! what is measured.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A keep-alive connection.
pub(crate) struct Http {
    stream: TcpStream,
    read: Vec<u8>,
}

/// A response.
pub(crate) struct Response<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Http {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Http> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Http {
            stream,
            read: Vec::with_capacity(256 * 1024),
        })
    }

    /// Sends a GET request for a path.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Response<'_>> {
        self.send(request(path).as_bytes()).await
    }

    /// Sends a complete request and reads the complete response, which must have a
    /// `content-length`.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<Response<'_>> {
        self.stream.write_all(request).await?;
        self.read.clear();
        let (head_bytes, status, body_bytes) = loop {
            self.read_more().await?;
            if let Some(found) = head(&self.read)? {
                break found;
            }
        };
        while self.read.len() < head_bytes + body_bytes {
            self.read_more().await?;
        }
        Ok(Response {
            status,
            body: &self.read[head_bytes..head_bytes + body_bytes],
        })
    }

    async fn read_more(&mut self) -> Result<()> {
        let more = self.stream.read_buf(&mut self.read).await?;
        ensure!(more > 0, "the node closed the connection");
        Ok(())
    }
}

/// Formats a GET request that keeps the connection open.
pub(crate) fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: roost\r\n\r\n")
}

/// Returns the length of the head, the status and the length of the body once the head is complete.
fn head(bytes: &[u8]) -> Result<Option<(usize, u16, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&bytes[..end])?;
    let status = head
        .split(' ')
        .nth(1)
        .context("a response without a status")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let length = length.context("a response without a content-length")?;
    Ok(Some((end + 4, status.parse()?, length)))
}
