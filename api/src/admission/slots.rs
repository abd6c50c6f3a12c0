//! Slots for requests of many searches, which bound the memory of their unfinished answers.
//!
//! Such a request waits for its turn many times, and keeps the answers that it has so far.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use super::client::Client;

/// Requests of all clients that run at the same time.
const SLOTS: usize = 16;

/// Requests of one client that run at the same time. The rest is left to other clients.
const CLIENT_SLOTS: usize = 4;

/// Requests of one client that wait. Each keeps its body.
const CLIENT_WAITING_MAX: usize = 32;

/// Clients to keep in mind; beyond that, those without a request are forgotten.
const CLIENTS_MAX: usize = 1_024;

/// The slots.
pub(super) struct Slots {
    all: Arc<Semaphore>,
    by_client: Mutex<HashMap<Client, Arc<ClientSlots>>>,
}

/// A slot in use. Dropping it frees the slot.
pub(crate) struct Slot {
    _one_of_client: OwnedSemaphorePermit,
    _one_of_all: OwnedSemaphorePermit,
}

/// Why a request got no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSlot {
    /// Too many requests of its client wait.
    Full,
    /// None was free in time.
    Timeout,
}

struct ClientSlots {
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// Counts a request as waiting until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Slots {
    pub(super) fn new() -> Slots {
        Slots {
            all: Arc::new(Semaphore::new(SLOTS)),
            by_client: Mutex::default(),
        }
    }

    /// Waits for a slot until `start_before`.
    pub(super) async fn get(&self, client: Client, start_before: Instant) -> Result<Slot, NoSlot> {
        let own = self.of_client(client);
        let waiting = Waiting::begin(&own.waiting)?;
        let both = async {
            let one_of_client = Arc::clone(&own.slots).acquire_owned().await.ok()?;
            let one_of_all = Arc::clone(&self.all).acquire_owned().await.ok()?;
            Some(Slot {
                _one_of_client: one_of_client,
                _one_of_all: one_of_all,
            })
        };
        let slot = timeout_at(start_before.into(), both).await;
        drop(waiting);
        slot.ok().flatten().ok_or(NoSlot::Timeout)
    }

    fn of_client(&self, client: Client) -> Arc<ClientSlots> {
        let by_client = self.by_client.lock();
        let mut by_client = by_client.unwrap_or_else(PoisonError::into_inner);
        if by_client.len() >= CLIENTS_MAX {
            by_client.retain(|_, own| own.is_used());
        }
        let own = by_client.entry(client).or_insert_with(|| {
            Arc::new(ClientSlots {
                slots: Arc::new(Semaphore::new(CLIENT_SLOTS)),
                waiting: AtomicUsize::new(0),
            })
        });
        Arc::clone(own)
    }
}

impl ClientSlots {
    fn is_used(self: &Arc<ClientSlots>) -> bool {
        Arc::strong_count(self) > 1 || self.slots.available_permits() < CLIENT_SLOTS
    }
}

impl Waiting<'_> {
    fn begin(waiting: &AtomicUsize) -> Result<Waiting<'_>, NoSlot> {
        let counted = Waiting(waiting);
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        (before < CLIENT_WAITING_MAX)
            .then_some(counted)
            .ok_or(NoSlot::Full)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
