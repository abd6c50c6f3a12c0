//! The queue of a listener.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use roost_market::pool::live::Seen;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How many messages a client may be behind. The system and the connection buffer some more.
pub(super) const MESSAGES_MAX: usize = 32;

/// What a listener is to send.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// A message of an event.
    Message {
        id: i64,
        transaction: u64,
        text: Arc<str>,
    },
    /// Every event that this snapshot sees was sent before.
    Seen { seen: Arc<Seen>, as_of_s: i64 },
}

/// Why a listener ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client is to connect again, or may not listen any more.
    Closed,
    /// The client does not read fast enough.
    Behind,
}

/// The sending side of a listener.
#[derive(Debug)]
pub(super) struct Queue {
    sender: Sender<Item>,
    is_behind: Arc<AtomicBool>,
}

/// The receiving side.
#[derive(Debug)]
pub(super) struct QueueEnd {
    items: Receiver<Item>,
    is_behind: Arc<AtomicBool>,
}

/// A queue and its receiving side.
pub(super) fn queue() -> (Queue, QueueEnd) {
    let (sender, items) = channel(MESSAGES_MAX);
    let is_behind = Arc::new(AtomicBool::new(false));
    let queue = Queue {
        sender,
        is_behind: Arc::clone(&is_behind),
    };
    (queue, QueueEnd { items, is_behind })
}

impl Queue {
    /// Adds a message. A queue that is full takes no more: its listener has to end.
    pub(super) fn push(&self, item: Item) -> Result<(), End> {
        match self.sender.try_send(item) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => {
                self.is_behind.store(true, Ordering::Release);
                Err(End::Behind)
            }
            Err(TrySendError::Closed(_)) => Err(End::Closed),
        }
    }
}

impl QueueEnd {
    /// The next item; `None` once the listener has ended and all are taken.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        self.items.poll_recv(cx)
    }

    /// Whether the listener has ended because its client is too slow.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind.load(Ordering::Acquire)
    }
}
