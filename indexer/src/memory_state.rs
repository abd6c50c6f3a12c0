//! What does a follower keep in memory beside the documents?
//!
//! Searches read signals and nights from the memory of the process that follows, so nobody but that
//! process can tell what they read. It tells between two transactions, so that all of it is as of one
//! position.

use std::error::Error;
use std::pin::Pin;

use roost_engine::{BookedNights, Collection, Key, Position, Signals};
use tokio::sync::{mpsc, oneshot};

use crate::apply::Applier;

/// What searches know of owners and of booked nights, as of one position.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Every transaction that committed before here is in it, and no other.
    pub position: Position,
    /// Of every owner of whom anything is known.
    pub signals: Vec<(Key, Signals)>,
    /// Of rooms.
    pub nights: BookedNights,
}

/// Asks a follower for what it holds.
#[derive(Clone, Debug)]
pub struct Holder(mpsc::Sender<oneshot::Sender<Held>>);

/// Asks the process that follows, whichever it is, for what it holds.
pub type AskHeld = Box<dyn Fn() -> HeldAnswer + Send + Sync>;

/// What it answers.
pub type HeldAnswer = Pin<Box<dyn Future<Output = Result<Held, HeldError>> + Send>>;

/// Why it could not be asked.
pub type HeldError = Box<dyn Error + Send + Sync>;

/// Those who ask. Only what follows may have it.
pub(crate) type Asked = mpsc::Receiver<oneshot::Sender<Held>>;

/// So many may ask at a time before others wait for their turn.
const ASKED_MAX: usize = 4;

impl Holder {
    pub(crate) fn new() -> (Holder, Asked) {
        let (ask, asked) = mpsc::channel(ASKED_MAX);
        (Holder(ask), asked)
    }

    /// What the follower holds, as soon as it streams.
    ///
    /// # Errors
    /// If it has ended.
    pub async fn ask(&self) -> Result<Held, HeldError> {
        let (answer, told) = oneshot::channel();
        self.0.send(answer).await?;
        Ok(told.await?)
    }

    /// The same for [`verify`](crate::verify).
    pub fn into_ask(self) -> AskHeld {
        Box::new(move || {
            let holder = self.clone();
            Box::pin(async move { holder.ask().await })
        })
    }
}

/// Waits until somebody asks; for ever where nobody can.
pub(crate) async fn next_asked(asked: &mut Option<Asked>) -> oneshot::Sender<Held> {
    let next = match asked {
        Some(asked) => asked.recv().await,
        None => None,
    };
    match next {
        Some(next) => next,
        None => std::future::pending().await,
    }
}

impl Applier {
    /// Whether signals and nights are as of a position, and not of a later moment at which they were read.
    pub(crate) fn may_tell(&self, position: Position) -> bool {
        position >= self.signals_read_at
    }

    /// Tells what it holds as of a position.
    pub(crate) fn tell(&self, position: Position, answer: oneshot::Sender<Held>) {
        let Some(nights) = self.writer.booked_nights(Collection::Rooms) else {
            return;
        };
        let held = Held {
            position,
            signals: self.writer.signals(),
            nights,
        };
        // Who asked may have gone.
        let _gone = answer.send(held);
    }
}
