//! The in-memory state of a follower: the signals that searches read, as of one WAL position.
//!
//! Only the process that follows Postgres has this state. It answers requests between two
//! transactions, so that an answer never mixes two positions.

use std::error::Error;
use std::pin::Pin;

use roost_collections::DeclaredSignal;
use roost_engine::{BusyDays, Key, Position, Signals, Writer};
use tokio::sync::{mpsc, oneshot};

use crate::wal::table::Tables;

/// What searches read beside the index, as of one position.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryState {
    /// The state contains every transaction that committed before this position, and no other.
    pub position: Position,
    /// The owners that have signals.
    pub signals: Vec<(Key, Signals)>,
    /// The signals of days of documents.
    pub days: Vec<SignalState<BusyDays>>,
    /// The signals of numbers of documents: those that differ from the default.
    pub numbers: Vec<SignalState<Vec<(Key, f64)>>>,
}

/// The values of one signal of documents.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalState<V> {
    /// The name of the collection.
    pub collection: String,
    /// The name of the signal.
    pub signal: String,
    /// The values.
    pub values: V,
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
pub(crate) fn respond(
    request: MemoryStateRequest,
    position: Position,
    writer: &Writer,
    tables: &Tables,
) {
    let Some((days, numbers)) = signals(writer, tables) else {
        return;
    };
    let state = MemoryState {
        position,
        signals: writer.signals(),
        days,
        numbers,
    };
    // An error only means that the caller no longer waits.
    let _unread = request.send(state);
}

type DocumentSignals = (
    Vec<SignalState<BusyDays>>,
    Vec<SignalState<Vec<(Key, f64)>>>,
);

/// The signals of documents; `None` before they are loaded.
fn signals(writer: &Writer, tables: &Tables) -> Option<DocumentSignals> {
    let (mut days, mut numbers) = (Vec::new(), Vec::new());
    for signal in tables.signals() {
        match signal.declaration.is_of_days() {
            true => days.push(SignalState::of(
                signal,
                writer.busy_days(signal.collection)?,
            )),
            false => {
                let values = writer.numbers(signal.collection, signal.id).ok()?;
                numbers.push(SignalState::of(signal, values));
            }
        }
    }
    Some((days, numbers))
}

impl<V> SignalState<V> {
    fn of(signal: DeclaredSignal, values: V) -> SignalState<V> {
        SignalState {
            collection: signal.collection.name().to_owned(),
            signal: signal.declaration.name.to_owned(),
            values,
        }
    }

    /// Whether these are the values of a signal.
    pub(crate) fn is_of(&self, signal: DeclaredSignal) -> bool {
        self.collection == signal.collection.name() && self.signal == signal.declaration.name
    }
}
