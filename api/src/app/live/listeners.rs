//! The listeners of a node, by what they listen for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use roost_market::pool::live::{LiveEvent, Seen};
use uuid::Uuid;

use super::message::{Recipient, messages};
use super::queue::{End, Item, Queue};

/// The listeners of a node. Each needs about 20 KB, most of it for its connection.
const LISTENERS_MAX: usize = 20_000;

/// Those of one landlord or student, who has some devices.
const LISTENERS_PER_RECIPIENT_MAX: usize = 10;

/// A listener gets a heartbeat this often. Proxies close connections that are silent for a minute.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);

/// A client connects again after this time, and proves again who it is.
const LISTENS_FOR: Duration = Duration::from_secs(3600);

/// Some end earlier, so that not all of a node connect again at the same time.
const SPREAD_S: u64 = 600;

/// Why there is no place for another listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// The node has too many.
    OfNode,
    /// The landlord or student has too many.
    OfRecipient,
}

/// What is to be delivered: messages by listener.
pub(super) type Deliveries = Vec<(u64, Item)>;

/// All listeners of a node.
#[derive(Debug, Default)]
pub(super) struct Listeners(Mutex<Registered>);

#[derive(Debug, Default)]
struct Registered {
    by_id: HashMap<u64, Listener>,
    by_recipient: HashMap<Recipient, Vec<u64>>,
    by_subject: HashMap<Uuid, Vec<u64>>,
    next_id: u64,
    is_closed: bool,
}

#[derive(Debug)]
struct Listener {
    recipient: Recipient,
    /// The subjects on which its rights depend.
    subjects: Vec<Uuid>,
    queue: Queue,
    heartbeat_at: Instant,
    ends_at: Instant,
}

/// Keeps a listener registered until it is dropped.
#[derive(Debug)]
pub(super) struct Registration {
    listeners: Weak<Listeners>,
    id: u64,
}

impl Listeners {
    /// Registers a listener, which gets every message from now on.
    pub(super) fn add(
        self: &Arc<Listeners>,
        recipient: Recipient,
        subjects: Vec<Uuid>,
        queue: Queue,
    ) -> Result<Registration, Limit> {
        let mut all = self.lock();
        let of_recipient = all.by_recipient.get(&recipient).map_or(0, Vec::len);
        if of_recipient >= LISTENERS_PER_RECIPIENT_MAX {
            return Err(Limit::OfRecipient);
        }
        if all.by_id.len() >= LISTENERS_MAX || all.is_closed {
            return Err(Limit::OfNode);
        }
        let (id, now) = (all.next_id, Instant::now());
        all.next_id += 1;
        all.by_recipient.entry(recipient).or_default().push(id);
        for subject in &subjects {
            all.by_subject.entry(*subject).or_default().push(id);
        }
        let listener = Listener {
            recipient,
            subjects,
            queue,
            heartbeat_at: now + HEARTBEAT_EVERY,
            ends_at: now + LISTENS_FOR - Duration::from_secs(id % SPREAD_S),
        };
        all.by_id.insert(id, listener);
        Ok(Registration {
            listeners: Arc::downgrade(self),
            id,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.lock().by_id.len()
    }

    /// Adds the messages of an event for those who listen, and ends listeners whose rights may have
    /// changed: they prove again who they are when they connect again.
    pub(super) fn collect(&self, event: &LiveEvent, deliveries: &mut Deliveries) {
        let mut all = self.lock();
        let is_listening = |recipient: &Recipient| all.by_recipient.contains_key(recipient);
        for (recipient, text) in messages(event, is_listening) {
            let text: Arc<str> = text.into();
            for &id in all.by_recipient.get(&recipient).into_iter().flatten() {
                let item = Item::Message {
                    id: event.id,
                    transaction: event.transaction,
                    text: Arc::clone(&text),
                };
                deliveries.push((id, item));
            }
        }
        let depending = all.by_subject.get(&event.subject_id).cloned();
        for id in depending.into_iter().flatten() {
            all.remove(id);
        }
    }

    /// Queues messages in their order, and then what each of their listeners has seen. Returns how
    /// many listeners were too slow and have ended.
    pub(super) fn deliver(&self, deliveries: Deliveries, seen: &Arc<Seen>, as_of_s: i64) -> usize {
        let mut all = self.lock();
        let mut reached = Vec::new();
        let mut behind = 0;
        for (id, item) in deliveries {
            reached.push(id);
            behind += all.push(id, item);
        }
        reached.sort_unstable();
        reached.dedup();
        for id in reached {
            let seen = Arc::clone(seen);
            behind += all.push(id, Item::Seen { seen, as_of_s });
        }
        behind
    }

    /// Sends a heartbeat to the listeners whose time for it has come, and ends those who have
    /// listened long enough. Returns how many were too slow and have ended.
    pub(super) fn heartbeat(&self, seen: &Arc<Seen>, as_of_s: i64) -> usize {
        let (mut all, now) = (self.lock(), Instant::now());
        let due = |(id, it): (&u64, &mut Listener)| {
            let is_due = it.heartbeat_at <= now;
            if is_due {
                it.heartbeat_at = now + HEARTBEAT_EVERY;
            }
            is_due.then_some((*id, it.ends_at <= now))
        };
        let due: Vec<(u64, bool)> = all.by_id.iter_mut().filter_map(due).collect();
        let mut behind = 0;
        for (id, is_over) in due {
            let seen = Arc::clone(seen);
            behind += all.push(id, Item::Seen { seen, as_of_s });
            if is_over {
                all.remove(id);
            }
        }
        behind
    }

    /// Ends all listeners and admits no other.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.end_all();
    }

    /// Ends all listeners.
    pub(super) fn end_all(&self) {
        let mut all = self.lock();
        *all = Registered {
            next_id: all.next_id,
            is_closed: all.is_closed,
            ..Registered::default()
        };
    }

    fn lock(&self) -> MutexGuard<'_, Registered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registered {
    /// Queues an item, and returns whether the listener was too slow (1 or 0) and has ended.
    fn push(&mut self, id: u64, item: Item) -> usize {
        let Some(listener) = self.by_id.get(&id) else {
            return 0;
        };
        match listener.queue.push(item) {
            Ok(()) => 0,
            Err(end) => {
                self.remove(id);
                usize::from(end == End::Behind)
            }
        }
    }

    /// Removes a listener, whose body ends once it has sent what is queued.
    fn remove(&mut self, id: u64) {
        let Some(listener) = self.by_id.remove(&id) else {
            return;
        };
        remove_from(&mut self.by_recipient, &listener.recipient, id);
        for subject in &listener.subjects {
            remove_from(&mut self.by_subject, subject, id);
        }
    }
}

fn remove_from<K: Eq + std::hash::Hash>(map: &mut HashMap<K, Vec<u64>>, key: &K, id: u64) {
    if let Some(ids) = map.get_mut(key) {
        ids.retain(|it| *it != id);
        if ids.is_empty() {
            map.remove(key);
        }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        if let Some(listeners) = self.listeners.upgrade() {
            listeners.lock().remove(self.id);
        }
    }
}
