//! The memory of responses: each counts from when it is built until its last byte is written.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};

use super::connection::Connection;
use super::registry::Registry;

/// The memory of the responses to one connection. Requests carry it in their extensions.
#[derive(Debug)]
pub(crate) struct ResponseMemory {
    connection: Arc<Connection>,
    registry: Arc<Registry>,
}

impl ResponseMemory {
    pub(super) fn new(connection: Arc<Connection>, registry: Arc<Registry>) -> ResponseMemory {
        ResponseMemory {
            connection,
            registry,
        }
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Counts the body of a response. It must not be compressed yet: the encoder keeps the whole
    /// original in memory until the client has read what it becomes.
    pub(crate) fn count(&self, response: Response) -> Response {
        let held = self.hold(response.body().size_hint().lower());
        response.map(|body| Body::new(CountedBody { body, held }))
    }

    /// Counts bytes until the returned value is dropped.
    pub(super) fn hold(&self, bytes: u64) -> Held {
        self.connection.add_unsent(bytes);
        self.registry.limit_unsent();
        Held {
            connection: Arc::clone(&self.connection),
            bytes,
        }
    }
}

/// Bytes that count until this is dropped.
#[derive(Debug)]
pub(super) struct Held {
    connection: Arc<Connection>,
    bytes: u64,
}

impl Held {
    /// Splits off bytes that count separately. A body of unknown length counts only what it has
    /// produced.
    fn split(&mut self, bytes: u64) -> Held {
        self.connection.add_unsent(bytes.saturating_sub(self.bytes));
        self.bytes = self.bytes.saturating_sub(bytes);
        Held {
            connection: Arc::clone(&self.connection),
            bytes,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.connection.release_unsent(self.bytes);
    }
}

/// A body whose bytes count.
struct CountedBody {
    body: Body,
    held: Held,
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
            let held = self.held.split(bytes.len() as u64);
            Bytes::from_owner(CountedBytes { bytes, _held: held })
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
    _held: Held,
}

impl AsRef<[u8]> for CountedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
