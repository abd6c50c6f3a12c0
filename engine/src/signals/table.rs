//! The signals of all owners, by owner ordinal.
//!
//! Each owner has an ordinal, and the signals of an ordinal never move, so segments store ordinals
//! and searches read signals without a lock.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use arc_swap::ArcSwap;

use super::Signals;
use super::signal_cell::SignalCell;
use crate::schema::Key;

/// The number of an owner, the same in every segment: its signals are at this index of a
/// [`SignalTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct OwnerOrdinal(pub(crate) u32);

impl OwnerOrdinal {
    /// The ordinal of documents without an owner, whose signals never change from the default.
    pub(crate) const NONE: OwnerOrdinal = OwnerOrdinal(0);
}

/// The signals of all owners. Cheap to share; one writer and any number of readers at a time.
#[derive(Debug)]
pub(crate) struct SignalTable {
    ordinals: Arc<RwLock<HashMap<Key, OwnerOrdinal>>>,
    chunks: ArcSwap<Vec<Arc<Chunk>>>,
    changes: Arc<Mutex<()>>,
}

/// The owners that were known when a search started; their signals are read live.
#[derive(Clone, Debug)]
pub(crate) struct SignalView {
    ordinals: Arc<RwLock<HashMap<Key, OwnerOrdinal>>>,
    chunks: Arc<Vec<Arc<Chunk>>>,
    changes: Arc<Mutex<()>>,
}

#[derive(Debug)]
struct Chunk([SignalCell; CHUNK_CELLS]);

const CHUNK_CELLS: usize = 1024;

impl SignalTable {
    pub(crate) fn new() -> SignalTable {
        SignalTable {
            ordinals: Arc::new(RwLock::new(HashMap::from([(
                Key::nil(),
                OwnerOrdinal::NONE,
            )]))),
            chunks: ArcSwap::from_pointee(vec![Arc::new(Chunk::new())]),
            changes: Arc::default(),
        }
    }

    /// The ordinal of an owner; a new one, with default signals, for an unknown owner.
    pub(crate) fn ordinal(&self, owner: Option<Key>) -> OwnerOrdinal {
        let Some(owner) = owner.filter(|owner| !owner.is_nil()) else {
            return OwnerOrdinal::NONE;
        };
        let known = self.ordinals.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(&ordinal) = known.get(&owner) {
            return ordinal;
        }
        drop(known);
        let mut ordinals = self
            .ordinals
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let next = ordinals.len();
        let ordinal = *ordinals
            .entry(owner)
            .or_insert(OwnerOrdinal(u32::try_from(next).unwrap_or(u32::MAX)));
        let chunks = self.chunks.load();
        if ordinal.0 as usize >= chunks.len() * CHUNK_CELLS {
            let mut longer = Vec::clone(&chunks);
            longer.push(Arc::new(Chunk::new()));
            self.chunks.store(Arc::new(longer));
        }
        ordinal
    }

    /// The signals of an owner; the default for an unknown owner.
    pub(crate) fn get(&self, owner: Key) -> Signals {
        let ordinals = self.ordinals.read().unwrap_or_else(PoisonError::into_inner);
        let ordinal = ordinals.get(&owner).copied();
        ordinal.map_or_else(Signals::default, |ordinal| self.view().get(ordinal))
    }

    pub(crate) fn set(&self, ordinal: OwnerOrdinal, signals: &Signals) {
        self.view().cell(ordinal).store(signals);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let ordinals = self.ordinals.read().unwrap_or_else(PoisonError::into_inner);
        // A hash table keeps a byte beside each entry.
        let ordinals_bytes = ordinals.capacity() * (size_of::<(Key, OwnerOrdinal)>() + 1);
        ordinals_bytes + self.chunks.load().len() * size_of::<Chunk>()
    }

    /// Every owner with its ordinal.
    pub(crate) fn owners(&self) -> Vec<(Key, OwnerOrdinal)> {
        let ordinals = self.ordinals.read().unwrap_or_else(PoisonError::into_inner);
        ordinals
            .iter()
            .filter(|(key, _)| !key.is_nil())
            .map(|(&key, &ordinal)| (key, ordinal))
            .collect()
    }

    /// Every owner whose signals differ from the default.
    pub(crate) fn non_default(&self) -> Vec<(Key, Signals)> {
        // The view comes second, so that it contains every ordinal of these.
        let owners = self.owners();
        let view = self.view();
        let signals = owners
            .into_iter()
            .map(|(owner, ordinal)| (owner, view.get(ordinal)));
        let default = Signals::default();
        signals.filter(|(_, signals)| *signals != default).collect()
    }

    pub(crate) fn view(&self) -> SignalView {
        SignalView {
            ordinals: Arc::clone(&self.ordinals),
            chunks: self.chunks.load_full(),
            changes: Arc::clone(&self.changes),
        }
    }

    /// Locks all signals against changes, to change one or to compute bounds of them. Searches read
    /// without this lock.
    pub(crate) fn lock_changes(&self) -> MutexGuard<'_, ()> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SignalView {
    /// The ordinals of those owners that are known, sorted. This waits only for a writer that adds
    /// an owner.
    pub(crate) fn ordinals(&self, owners: &[Key]) -> Vec<OwnerOrdinal> {
        let ordinals = self.ordinals.read().unwrap_or_else(PoisonError::into_inner);
        let owners = owners.iter().filter(|owner| !owner.is_nil());
        let mut known: Vec<OwnerOrdinal> = owners
            .filter_map(|owner| ordinals.get(owner))
            .copied()
            .collect();
        known.sort_unstable();
        known
    }

    /// The signals of an owner; the default for one that was unknown when the search started.
    pub(crate) fn of_owner(&self, owner: Option<Key>) -> Signals {
        let ordinals = self.ordinals.read().unwrap_or_else(PoisonError::into_inner);
        let ordinal = owner.and_then(|owner| ordinals.get(&owner).copied());
        let known = ordinal.filter(|ordinal| (ordinal.0 as usize) < self.ordinals_end());
        known.map_or_else(Signals::default, |ordinal| self.get(ordinal))
    }

    pub(crate) fn get(&self, ordinal: OwnerOrdinal) -> Signals {
        self.cell(ordinal).load()
    }

    /// All ordinals are below this.
    pub(crate) fn ordinals_end(&self) -> usize {
        self.chunks.len() * CHUNK_CELLS
    }

    /// As [`SignalTable::lock_changes`], without waiting: `None` while signals change.
    pub(crate) fn try_lock_changes(&self) -> Option<MutexGuard<'_, ()>> {
        match self.changes.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn cell(&self, ordinal: OwnerOrdinal) -> &SignalCell {
        let at = ordinal.0 as usize;
        &self.chunks[at / CHUNK_CELLS].0[at % CHUNK_CELLS]
    }
}

impl Chunk {
    fn new() -> Chunk {
        Chunk(std::array::from_fn(
            |_| SignalCell::new(&Signals::default()),
        ))
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
            table.set(table.ordinal(Some(owner)), &signals);
            assert_eq!(table.view().get(table.ordinal(Some(owner))), signals);
        }
        assert_eq!(table.owners().len(), owners.len());
        assert_eq!(table.non_default().len(), owners.len());
        table.set(table.ordinal(Some(owners[7])), &Signals::default());
        let remaining = table.non_default();
        assert!(remaining.iter().all(|(owner, _)| *owner != owners[7]));
        assert_eq!(remaining.len(), owners.len() - 1);
        assert_eq!(table.view().get(OwnerOrdinal::NONE), Signals::default());
    }
}
