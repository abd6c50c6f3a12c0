//! What is known of an owner right now?
//!
//! Signals change all day while texts and places seldom do, so they live here in memory and not in
//! documents: a change is seen by the next search and costs no commit. Each owner has a slot, and
//! a slot never moves, so segments keep slot numbers and searches read without a lock.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};

use crate::document::Key;

/// What is known of an owner.
///
/// ```
/// use roost_engine::Signals;
/// let signals = Signals { capacity_total: 4, capacity_used: 1, ..Signals::default() };
/// assert_eq!(signals.capacity(), 0.75);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signals {
    /// Contracts that the owner can hold at once.
    pub capacity_total: u32,
    /// Contracts held now.
    pub capacity_used: u32,
    /// Last sign of life, in seconds since 1970.
    pub active_at_s: i64,
    /// Whether more than 80 % of requests are accepted.
    pub high_acceptance: bool,
    /// Whether the mean time to a first answer is below an hour.
    pub fast_response: bool,
    /// Whether the owner's documents are shown at all.
    pub available: bool,
}

/// An owner of whom nothing is known is available and scores nothing.
impl Default for Signals {
    fn default() -> Signals {
        Signals {
            capacity_total: 0,
            capacity_used: 0,
            active_at_s: NEVER_S,
            high_acceptance: false,
            fast_response: false,
            available: true,
        }
    }
}

impl Signals {
    /// The capacity component: the free share of the owner's capacity, 0 without any.
    pub fn capacity(&self) -> f64 {
        if self.capacity_total == 0 {
            return 0.0;
        }
        let used = f64::from(self.capacity_used.min(self.capacity_total));
        1.0 - used / f64::from(self.capacity_total)
    }

    /// The activity component at a moment: 1 within a day of the last sign of life, 2/3 within
    /// seven days, else 0.
    pub fn activity(&self, now_s: i64) -> f64 {
        activity(self.active_at_s, now_s)
    }

    /// The performance component: `(10 [accepts most] + 5 [answers fast]) / 15`.
    pub fn performance(&self) -> f64 {
        performance(self.high_acceptance, self.fast_response)
    }

    fn pack(&self) -> (u64, u64) {
        let capacity = u64::from(self.capacity_total) << 32 | u64::from(self.capacity_used);
        let flags = u64::from(self.high_acceptance)
            | u64::from(self.fast_response) << 1
            | u64::from(self.available) << 2;
        let seconds = self.active_at_s.clamp(NEVER_S, -NEVER_S);
        (capacity, (seconds.cast_unsigned() << 3) | flags)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "each half of the word is taken by itself"
    )]
    fn unpack(capacity: u64, rest: u64) -> Signals {
        Signals {
            capacity_total: (capacity >> 32) as u32,
            capacity_used: capacity as u32,
            active_at_s: rest.cast_signed() >> 3,
            high_acceptance: rest & 1 != 0,
            fast_response: rest & 2 != 0,
            available: rest & 4 != 0,
        }
    }
}

pub(crate) fn performance(high_acceptance: bool, fast_response: bool) -> f64 {
    f64::from(10 * u8::from(high_acceptance) + 5 * u8::from(fast_response)) / 15.0
}

pub(crate) fn activity(active_at_s: i64, now_s: i64) -> f64 {
    const DAY_S: i64 = 86_400;
    match now_s.saturating_sub(active_at_s) {
        age_s if age_s <= DAY_S => 1.0,
        age_s if age_s <= 7 * DAY_S => 2.0 / 3.0,
        _ => 0.0,
    }
}

/// Before any sign of life: some 36 billion years ago, and still 61 bits.
const NEVER_S: i64 = -(1 << 60);

/// The place of an owner's signals in a [`SignalTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct OwnerOrdinal(pub(crate) u32);

impl OwnerOrdinal {
    /// The slot of documents without an owner, whose signals never change from the default.
    pub(crate) const NOBODY: OwnerOrdinal = OwnerOrdinal(0);
}

/// The signals of all owners. Cheap to share; one writer and any number of readers at a time.
#[derive(Debug)]
pub(crate) struct SignalTable {
    slots: Arc<RwLock<HashMap<Key, OwnerOrdinal>>>,
    chunks: ArcSwap<Vec<Arc<Chunk>>>,
    changing: Arc<Mutex<()>>,
}

/// The slots as they stood when a search began; their values are read live.
#[derive(Clone, Debug)]
pub(crate) struct SignalView {
    slots: Arc<RwLock<HashMap<Key, OwnerOrdinal>>>,
    chunks: Arc<Vec<Arc<Chunk>>>,
    changing: Arc<Mutex<()>>,
}

#[derive(Debug)]
struct Chunk([AtomicSignals; CHUNK_SLOTS]);

#[derive(Debug)]
struct AtomicSignals {
    capacity: AtomicU64,
    rest: AtomicU64,
}

const CHUNK_SLOTS: usize = 1024;

impl SignalTable {
    pub(crate) fn new() -> SignalTable {
        let table = SignalTable {
            slots: Arc::default(),
            chunks: ArcSwap::from_pointee(vec![Arc::new(Chunk::new())]),
            changing: Arc::default(),
        };
        table
            .slots
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(Key::nil(), OwnerOrdinal::NOBODY);
        table
    }

    /// The owner's slot; a new one, with default signals, for an owner not seen before.
    pub(crate) fn slot(&self, owner: Option<Key>) -> OwnerOrdinal {
        let Some(owner) = owner.filter(|owner| !owner.is_nil()) else {
            return OwnerOrdinal::NOBODY;
        };
        let known = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(&slot) = known.get(&owner) {
            return slot;
        }
        drop(known);
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let next = slots.len();
        let slot = *slots
            .entry(owner)
            .or_insert(OwnerOrdinal(u32::try_from(next).unwrap_or(u32::MAX)));
        let chunks = self.chunks.load();
        if slot.0 as usize >= chunks.len() * CHUNK_SLOTS {
            let mut longer = Vec::clone(&chunks);
            longer.push(Arc::new(Chunk::new()));
            self.chunks.store(Arc::new(longer));
        }
        slot
    }

    /// The signals of an owner; the default ones if it was never seen.
    pub(crate) fn get(&self, owner: Key) -> Signals {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.get(&owner).copied();
        slot.map_or_else(Signals::default, |slot| self.view().get(slot))
    }

    pub(crate) fn set(&self, slot: OwnerOrdinal, signals: Signals) {
        let view = self.view();
        let (capacity, rest) = signals.pack();
        let cell = view.cell(slot);
        cell.capacity.store(capacity, Ordering::Release);
        cell.rest.store(rest, Ordering::Release);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let slots = self
            .slots
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        // A hash table keeps a byte beside each entry.
        let slots_bytes = slots.capacity() * (size_of::<(Key, OwnerOrdinal)>() + 1);
        slots_bytes + self.chunks.load().len() * size_of::<Chunk>()
    }

    /// Every owner with its slot.
    pub(crate) fn owners(&self) -> Vec<(Key, OwnerOrdinal)> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        slots
            .iter()
            .filter(|(key, _)| !key.is_nil())
            .map(|(&key, &slot)| (key, slot))
            .collect()
    }

    /// The signals of every owner of whom anything is known.
    pub(crate) fn known(&self) -> Vec<(Key, Signals)> {
        // The view comes second, so that it has every slot of these.
        let owners = self.owners();
        let view = self.view();
        let signals = owners
            .into_iter()
            .map(|(owner, slot)| (owner, view.get(slot)));
        let nothing = Signals::default();
        signals.filter(|(_, known)| *known != nothing).collect()
    }

    pub(crate) fn view(&self) -> SignalView {
        SignalView {
            slots: Arc::clone(&self.slots),
            chunks: self.chunks.load_full(),
            changing: Arc::clone(&self.changing),
        }
    }

    /// While this is held, no signal changes: for whoever changes one, and for whoever makes bounds
    /// of them. Searches read without it.
    pub(crate) fn hold(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SignalView {
    /// The slots of those owners that have one, sorted. This takes a lock that only a new owner
    /// holds for long enough to insert it.
    pub(crate) fn find(&self, owners: &[Key]) -> Vec<OwnerOrdinal> {
        let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
        let known = owners.iter().filter(|owner| !owner.is_nil());
        let mut found: Vec<OwnerOrdinal> = known
            .filter_map(|owner| slots.get(owner))
            .copied()
            .collect();
        found.sort_unstable();
        found
    }

    pub(crate) fn get(&self, slot: OwnerOrdinal) -> Signals {
        let cell = self.cell(slot);
        Signals::unpack(
            cell.capacity.load(Ordering::Acquire),
            cell.rest.load(Ordering::Acquire),
        )
    }

    /// All slots are below this.
    pub(crate) fn slots_max(&self) -> usize {
        self.chunks.len() * CHUNK_SLOTS
    }

    /// As [`SignalTable::hold`], for a search, which does not wait: `None` if signals are changing.
    pub(crate) fn try_hold(&self) -> Option<MutexGuard<'_, ()>> {
        match self.changing.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn cell(&self, slot: OwnerOrdinal) -> &AtomicSignals {
        let at = slot.0 as usize;
        &self.chunks[at / CHUNK_SLOTS].0[at % CHUNK_SLOTS]
    }
}

impl Chunk {
    fn new() -> Chunk {
        let (capacity, rest) = Signals::default().pack();
        Chunk(std::array::from_fn(|_| AtomicSignals {
            capacity: AtomicU64::new(capacity),
            rest: AtomicU64::new(rest),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_read_back_as_set() {
        let table = SignalTable::new();
        let owners: Vec<Key> = (1..3000).map(Key::from_u128).collect();
        for (n, &owner) in (0u32..).zip(&owners) {
            let signals = Signals {
                capacity_total: n + 5,
                capacity_used: n,
                active_at_s: i64::from(n) - 100,
                high_acceptance: n % 2 == 0,
                fast_response: n % 3 == 0,
                available: n % 5 != 0,
            };
            table.set(table.slot(Some(owner)), signals);
            assert_eq!(table.view().get(table.slot(Some(owner))), signals);
        }
        assert_eq!(table.owners().len(), owners.len());
        assert_eq!(table.known().len(), owners.len());
        table.set(table.slot(Some(owners[7])), Signals::default());
        let known = table.known();
        assert!(known.iter().all(|(owner, _)| *owner != owners[7]));
        assert_eq!(known.len(), owners.len() - 1);
        assert_eq!(table.view().get(OwnerOrdinal::NOBODY), Signals::default());
    }

    #[test]
    fn activity_falls_after_a_day_and_after_a_week() {
        let signals = Signals {
            active_at_s: 1_000_000,
            ..Signals::default()
        };
        assert_eq!(signals.activity(1_000_000 + 86_400), 1.0);
        assert_eq!(signals.activity(1_000_000 + 86_401), 2.0 / 3.0);
        assert_eq!(signals.activity(1_000_000 + 7 * 86_400 + 1), 0.0);
        assert_eq!(Signals::default().activity(1_000_000), 0.0);
    }

    #[test]
    fn a_full_owner_has_no_capacity() {
        let full = Signals {
            capacity_total: 3,
            capacity_used: 3,
            ..Signals::default()
        };
        assert_eq!(full.capacity(), 0.0);
        assert_eq!(Signals::default().capacity(), 0.0);
    }
}
