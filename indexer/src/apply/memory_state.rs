//! The in-memory state of a follower: the signals and booked nights that searches read, as of one
//! WAL position.
//!
//! Only the process that follows Postgres has this state. It answers requests between two
//! transactions, so that an answer never mixes two positions.

use std::error::Error;
use std::pin::Pin;

use roost_collections::rooms;
use roost_engine::{BusyDays, Key, Position, Signals, Writer};
use tokio::sync::{mpsc, oneshot};

/// What searches read about owners and booked nights, as of one position.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryState {
    /// The state contains every transaction that committed before this position, and no other.
    pub position: Position,
    /// The owners that have signals.
    pub signals: Vec<(Key, Signals)>,
    /// The booked nights of rooms.
    pub nights: BusyDays,
}

/// Requests the in-memory state of a running follower.
#[derive(Clone, Debug)]
pub struct MemoryStateHandle(mpsc::Sender<MemoryStateRequest>);

/// Fetches the in-memory state of the process that follows, whether it is this one or another.
pub type FetchMemoryState = Box<dyn Fn() -> MemoryStateFuture + Send + Sync>;

/// The response to a [`FetchMemoryState`] call.
pub type MemoryStateFuture =
    Pin<Box<dyn Future<Output = Result<MemoryState, MemoryStateError>> + Send>>;

/// Why the in-memory state could not be fetched.
pub type MemoryStateError = Box<dyn Error + Send + Sync>;

/// One request; the follower sends its response here.
pub(crate) type MemoryStateRequest = oneshot::Sender<MemoryState>;

/// The receiving end of all requests, owned by the follower.
pub(crate) type MemoryStateRequests = mpsc::Receiver<MemoryStateRequest>;

/// Requests beyond this number wait in their caller.
const QUEUED_REQUESTS_MAX: usize = 4;

impl MemoryStateHandle {
    pub(crate) fn new() -> (MemoryStateHandle, MemoryStateRequests) {
        let (sender, requests) = mpsc::channel(QUEUED_REQUESTS_MAX);
        (MemoryStateHandle(sender), requests)
    }

    /// Returns the state as soon as the follower streams.
    ///
    /// # Errors
    /// If the follower has stopped.
    pub async fn fetch(&self) -> Result<MemoryState, MemoryStateError> {
        let (request, response) = oneshot::channel();
        self.0.send(request).await?;
        Ok(response.await?)
    }

    /// Wraps [`fetch`](Self::fetch) for [`verify`](crate::verify).
    pub fn into_fetch(self) -> FetchMemoryState {
        Box::new(move || {
            let handle = self.clone();
            Box::pin(async move { handle.fetch().await })
        })
    }
}

/// Waits for the next request; never returns if no more can come.
pub(crate) async fn next_request(requests: &mut Option<MemoryStateRequests>) -> MemoryStateRequest {
    let next = match requests {
        Some(requests) => requests.recv().await,
        None => None,
    };
    match next {
        Some(next) => next,
        None => std::future::pending().await,
    }
}

/// Responds with the writer's state, which the caller knows to be as of `position`.
pub(crate) fn respond(request: MemoryStateRequest, position: Position, writer: &Writer) {
    let Some(nights) = writer.busy_days(rooms::collection()) else {
        return;
    };
    let state = MemoryState {
        position,
        signals: writer.signals(),
        nights,
    };
    // An error only means that the caller no longer waits.
    let _unread = request.send(state);
}
