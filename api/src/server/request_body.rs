//! The body of a request, which records when its handler waits for the client.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

use super::connection::Connection;

/// The body of a request in a handler.
struct RequestBody {
    incoming: Incoming,
    connection: Arc<Connection>,
    is_waiting: bool,
}

/// Wraps the body of a request that a handler of this connection reads.
pub(super) fn request_body(incoming: Incoming, connection: &Arc<Connection>) -> Body {
    if incoming.is_end_stream() {
        return Body::empty();
    }
    Body::new(RequestBody {
        incoming,
        connection: Arc::clone(connection),
        is_waiting: false,
    })
}

impl RequestBody {
    fn set_waiting(&mut self, is_waiting: bool) {
        match (self.is_waiting, is_waiting) {
            (false, true) => self.connection.wait_for_body(),
            (true, false) => self.connection.continue_request(),
            _ => {}
        }
        self.is_waiting = is_waiting;
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.incoming).poll_frame(cx);
        self.set_waiting(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.set_waiting(false);
    }
}
