//! What do the writer and all readers of a store share?
//!
//! A collection each, signals, and how far all of them have come.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use tantivy::Index;

use super::collection_state::Shelf;
use super::commit_payload::CHECKPOINTED;
use super::night_changes::{change_nights, forget_nights, step_nights};
use crate::availability::{Date, NightTable, NightsChange, Stay};
use crate::checkpoint::{Checkpoint, Freshness, Position};
use crate::collection::Collection;
use crate::document::Key;
use crate::index::error::StoreError;
use crate::index::schema::fields::{self, Fields};
use crate::index::segment::Segment;
use crate::index::snapshot::{Loaded, Snapshot};
use crate::signals::{OwnerOrdinal, SignalTable, Signals};
use crate::tuning::Tuning;

/// What the writer and all readers of a store share.
pub(crate) struct Shared {
    collections: Vec<Shelf>,
    /// The number of its folder; `None` if it lies where indexes did before these had numbers.
    pub(crate) generation: Option<u64>,
    pub(crate) signals: SignalTable,
    pub(crate) fields: Fields,
    position: AtomicU64,
    current_at_ms: AtomicU64,
    signals_position: AtomicU64,
    signals_current_at_ms: AtomicU64,
}

impl Shared {
    pub(crate) fn open(
        generation: Option<u64>,
        tuning: Tuning,
        open: impl Fn(Collection) -> Result<Index, StoreError>,
    ) -> Result<Shared, StoreError> {
        let (_, fields) = fields::schema();
        let signals = SignalTable::new();
        let mut collections = Vec::new();
        for collection in Collection::ALL {
            collections.push(Shelf::open(
                collection,
                open(collection)?,
                fields,
                &signals,
                tuning,
            )?);
        }
        let shared = Shared {
            collections,
            generation,
            signals,
            fields,
            position: AtomicU64::new(0),
            current_at_ms: AtomicU64::new(0),
            signals_position: AtomicU64::new(0),
            signals_current_at_ms: AtomicU64::new(0),
        };
        shared.adopt_position();
        Ok(shared)
    }

    pub(crate) fn index(&self, collection: Collection) -> &Index {
        &self.shelf(collection).index
    }

    pub(crate) fn snapshot(&self, collection: Collection) -> Arc<Snapshot> {
        self.shelf(collection).snapshot.load_full()
    }

    /// The checkpoint of the commit that is searchable now.
    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        self.snapshot(CHECKPOINTED).checkpoint.clone()
    }

    /// Makes the newest commit searchable.
    pub(crate) fn reload(&self, collection: Collection) -> Result<(), StoreError> {
        self.shelf(collection).reload(self.fields, &self.signals)?;
        if collection == CHECKPOINTED {
            self.adopt_position();
        }
        Ok(())
    }

    pub(crate) fn reload_all(&self) -> Result<(), StoreError> {
        Collection::ALL
            .into_iter()
            .try_for_each(|collection| self.reload(collection))
    }

    /// Changes an owner's signals. Bounds loosen before the value changes, and no segment is loaded
    /// in between: it would miss the new value, and what is said of it to the others.
    pub(crate) fn set_signals(&self, slot: OwnerOrdinal, signals: Signals) {
        let shelves: Vec<_> = self.collections.iter().map(Shelf::lock).collect();
        // Searches may wait for this one, so nothing is waited for while it is held.
        let _changing = self.signals.lock_changes();
        for segment in shelves.iter().flat_map(|loaded| loaded.values()) {
            // One without a snapshot is read by no search.
            if let Some(segment) = segment.upgrade() {
                segment.prepare_for(slot, &signals);
            }
        }
        self.signals.set(slot, &signals);
    }

    pub(crate) fn nights(&self, collection: Collection) -> &NightTable {
        &self.shelf(collection).nights
    }

    pub(crate) fn change_nights(
        &self,
        collection: Collection,
        changes: &[NightsChange],
    ) -> Result<(), StoreError> {
        let shelf = self.shelf(collection);
        // No segment is loaded meanwhile: it would miss what changes.
        let loaded = shelf.lock();
        change_nights(&shelf.nights, self.fields, &segments(&loaded), changes)
    }

    /// One step of the first kept night on its way to `first`; the nights that come in with it.
    pub(crate) fn step_nights(&self, collection: Collection, first: Date) -> Option<Stay> {
        let shelf = self.shelf(collection);
        let loaded = shelf.lock();
        step_nights(&shelf.nights, &segments(&loaded), first)
    }

    pub(crate) fn forget_nights(&self, collection: Collection) {
        let shelf = self.shelf(collection);
        let loaded = shelf.lock();
        forget_nights(&shelf.nights, &segments(&loaded));
    }

    pub(crate) fn slot(&self, owner: Key) -> OwnerOrdinal {
        self.signals.ordinal(Some(owner))
    }

    pub(crate) fn freshness(&self) -> Freshness {
        freshness(&self.position, &self.current_at_ms)
    }

    pub(crate) fn mark_current(&self, position: Position, at: SystemTime) {
        self.position.fetch_max(position.0, Ordering::AcqRel);
        self.current_at_ms
            .fetch_max(milliseconds(at), Ordering::AcqRel);
    }

    pub(crate) fn signals_freshness(&self) -> Freshness {
        freshness(&self.signals_position, &self.signals_current_at_ms)
    }

    pub(crate) fn mark_signals(&self, position: Position, at: SystemTime) {
        self.signals_position.store(position.0, Ordering::Release);
        self.signals_current_at_ms
            .fetch_max(milliseconds(at), Ordering::AcqRel);
    }

    fn adopt_position(&self) {
        if let Some(checkpoint) = self.checkpoint() {
            // Of another server it may be a lower one than before.
            self.position
                .store(checkpoint.position.0, Ordering::Release);
        }
    }

    fn shelf(&self, collection: Collection) -> &Shelf {
        &self.collections[collection as usize]
    }
}

/// Those that some search may read.
fn segments(loaded: &Loaded) -> Vec<Arc<Segment>> {
    loaded.values().filter_map(Weak::upgrade).collect()
}

fn freshness(position: &AtomicU64, current_at_ms: &AtomicU64) -> Freshness {
    let current_at_ms = current_at_ms.load(Ordering::Acquire);
    Freshness {
        position: Position(position.load(Ordering::Acquire)),
        current_at: (current_at_ms > 0)
            .then(|| SystemTime::UNIX_EPOCH + Duration::from_millis(current_at_ms)),
    }
}

fn milliseconds(at: SystemTime) -> u64 {
    let since_1970 = at.duration_since(SystemTime::UNIX_EPOCH);
    u64::try_from(since_1970.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}
