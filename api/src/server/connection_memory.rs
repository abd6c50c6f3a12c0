//! The memory of a connection: a response counts from when it is built until its last byte is
//! written, and a request while it arrives.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};

use super::connection::Connection;
use super::registry::Registry;

/// The memory of one connection. Its requests carry it in their extensions.
#[derive(Debug)]
pub(crate) struct ConnectionMemory {
    connection: Arc<Connection>,
    registry: Arc<Registry>,
}

impl ConnectionMemory {
    pub(super) fn new(connection: Arc<Connection>, registry: Arc<Registry>) -> ConnectionMemory {
        ConnectionMemory {
            connection,
            registry,
        }
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Counts the body of a response. It must not be compressed yet: the encoder keeps the whole
    /// original in memory until the client has read what it becomes.
    pub(crate) fn count(&self, response: Response) -> Response {
        let reserved = self.reserve(response.body().size_hint().lower());
        response.map(|body| Body::new(CountedBody { body, reserved }))
    }

    /// Counts a part of the body of a request.
    pub(super) fn receive(&self, bytes: u64) {
        self.connection.add_received(bytes);
        self.registry.limit_buffers();
    }

    /// Counts bytes of a response until the returned value is dropped.
    pub(super) fn reserve(&self, bytes: u64) -> ReservedBytes {
        self.connection.add_unsent(bytes);
        self.registry.limit_buffers();
        ReservedBytes {
            connection: Arc::clone(&self.connection),
            bytes,
        }
    }
}

/// Bytes that count until this is dropped.
#[derive(Debug)]
pub(super) struct ReservedBytes {
    connection: Arc<Connection>,
    bytes: u64,
}

impl ReservedBytes {
    /// Splits off bytes that count separately. A body of unknown length counts only what it has
    /// produced.
    fn split(&mut self, bytes: u64) -> ReservedBytes {
        self.connection.add_unsent(bytes.saturating_sub(self.bytes));
        self.bytes = self.bytes.saturating_sub(bytes);
        ReservedBytes {
            connection: Arc::clone(&self.connection),
            bytes,
        }
    }
}

impl Drop for ReservedBytes {
    fn drop(&mut self) {
        self.connection.release_unsent(self.bytes);
    }
}

/// A body whose bytes count.
struct CountedBody {
    body: Body,
    reserved: ReservedBytes,
}

impl HttpBody for CountedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        let count = |bytes: Bytes| {
            let reserved = self.reserved.split(bytes.len() as u64);
            Bytes::from_owner(CountedBytes {
                bytes,
                _reserved: reserved,
            })
        };
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(count))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes that count until the last reference to them is dropped, wherever that is.
struct CountedBytes {
    bytes: Bytes,
    _reserved: ReservedBytes,
}

impl AsRef<[u8]> for CountedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
