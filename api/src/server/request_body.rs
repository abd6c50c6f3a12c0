//! The body of a request, which records when its handler waits for the client, and counts while it
//! arrives.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

use super::connection_memory::ConnectionMemory;

/// The body of a request in a handler.
struct RequestBody {
    incoming: Incoming,
    memory: Arc<ConnectionMemory>,
    received_bytes: u64,
    is_waiting: bool,
}

/// Wraps the body of a request that a handler of this connection reads.
pub(super) fn request_body(incoming: Incoming, memory: &Arc<ConnectionMemory>) -> Body {
    if incoming.is_end_stream() {
        return Body::empty();
    }
    Body::new(RequestBody {
        incoming,
        memory: Arc::clone(memory),
        received_bytes: 0,
        is_waiting: false,
    })
}

impl RequestBody {
    fn set_waiting(&mut self, is_waiting: bool) {
        let connection = self.memory.connection();
        match (self.is_waiting, is_waiting) {
            (false, true) => connection.wait_for_body(),
            (true, false) => connection.continue_request(),
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
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(data) = frame.data_ref()
        {
            let bytes = data.len() as u64;
            self.received_bytes += bytes;
            self.memory.receive(bytes);
        }
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
        let connection = self.memory.connection();
        connection.release_received(self.received_bytes);
    }
}
