//! The socket of a connection, which records reads, and writes that the client does not take.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::connection_memory::ConnectionMemory;

/// The first bytes of a connection that speaks HTTP/2.
const HTTP2_PREFACE: &[u8] = b"PRI ";

/// The socket of a connection.
#[derive(Debug)]
pub(super) struct ClientIo {
    stream: TcpStream,
    memory: Arc<ConnectionMemory>,
    is_first_read: bool,
}

impl ClientIo {
    pub(super) fn new(stream: TcpStream, memory: Arc<ConnectionMemory>) -> ClientIo {
        ClientIo {
            stream,
            memory,
            is_first_read: true,
        }
    }

    fn record_write(&self, written: &Poll<io::Result<usize>>) {
        let connection = self.memory.connection();
        match written {
            Poll::Ready(Ok(bytes)) => connection.record_written(*bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => connection.record_write_blocked(),
        }
    }
}

impl AsyncRead for ClientIo {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let io = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut io.stream).poll_read(cx, buffer);
        let received = &buffer.filled()[before..];
        if !received.is_empty() {
            let connection = io.memory.connection();
            if connection.record_read(received.len()) {
                io.memory.registry().limit_buffers();
            }
            if io.is_first_read && received.starts_with(HTTP2_PREFACE) {
                connection.record_http2();
            }
            io.is_first_read = false;
        }
        read
    }
}

impl AsyncWrite for ClientIo {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let io = self.get_mut();
        let written = Pin::new(&mut io.stream).poll_write(cx, buffer);
        io.record_write(&written);
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let io = self.get_mut();
        let written = Pin::new(&mut io.stream).poll_write_vectored(cx, buffers);
        io.record_write(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// A client that does not read would also keep the system's buffers of a socket that is closed in
/// the usual way.
impl Drop for ClientIo {
    fn drop(&mut self) {
        if self.memory.connection().is_given_up()
            && let Err(error) = self.stream.set_zero_linger()
        {
            tracing::debug!(%error, "cannot discard the unsent data of a connection");
        }
    }
}
