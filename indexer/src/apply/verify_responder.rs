//! Responds to `roost verify` with the signals in memory.

use roost_engine::{Position, Writer};

use crate::apply::memory_state::{self, MemoryStateRequest, MemoryStateRequests};
use crate::wal::table::Tables;

/// Receives the requests of `roost verify`.
pub(crate) struct VerifyResponder(Option<MemoryStateRequests>);

impl VerifyResponder {
    pub(crate) fn new(requests: MemoryStateRequests) -> VerifyResponder {
        VerifyResponder(Some(requests))
    }

    /// A responder of an index that no search uses yet, which receives no requests.
    pub(crate) fn disabled() -> VerifyResponder {
        VerifyResponder(None)
    }

    /// Waits for the next request; without end if none can come.
    pub(crate) async fn next(&mut self) -> MemoryStateRequest {
        memory_state::next_request(&mut self.0).await
    }

    /// Responds with what is in memory, which must be as of `position`.
    pub(crate) fn respond(
        request: MemoryStateRequest,
        index: &Writer,
        tables: &Tables,
        position: Position,
    ) {
        memory_state::respond(request, position, index, tables);
    }
}
