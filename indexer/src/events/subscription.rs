//! Subscriptions to events.

use std::sync::Arc;
use std::time::Instant;

use roost_engine::Position;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::wal::event::CommittedEvent;

/// A handle that subscribes to the events of a follower. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Events(pub(super) broadcast::Sender<EventNotice>);

/// The events of a follower from the moment of the subscription on.
#[derive(Debug)]
pub struct EventSubscription(broadcast::Receiver<EventNotice>);

/// What a subscriber receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventNotice {
    /// A committed event. Each arrives once, however often the follower reconnects.
    Event(Arc<CommittedEvent>),
    /// The subscriber has received the events of every transaction that committed before this
    /// moment. Arrives several times a second while the stream is current.
    Current {
        /// How far the stream has been read.
        position: Position,
        /// The moment, by the clock of this process.
        as_of: Instant,
    },
    /// The subscriber may have missed events before the next one: it was too slow, or the stream
    /// has a gap. Whatever it derives from events must be read again.
    Missed,
}

impl Events {
    /// Subscribes from now on. Subscribe before the follower runs, to receive all of its events.
    pub fn subscribe(&self) -> EventSubscription {
        EventSubscription(self.0.subscribe())
    }
}

impl EventSubscription {
    /// Waits for the next notice. `None` once the follower has ended and all handles are dropped.
    /// No notice is lost if the future is dropped while it waits.
    pub async fn next(&mut self) -> Option<EventNotice> {
        match self.0.recv().await {
            Ok(notice) => Some(notice),
            Err(RecvError::Lagged(_)) => Some(EventNotice::Missed),
            Err(RecvError::Closed) => None,
        }
    }
}
