//! The state that the writer and all readers of a store share: collections, signals and freshness.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tantivy::Index;

use super::collection_state::{CollectionState, LockedSegments};
use super::options::StoreSettings;
use super::signal_changes::{advance_window, change, reset_window, with_signal};
use crate::availability::{Date, DateRange, DaysChange};
use crate::checkpoint::{Checkpoint, Freshness, Position};
use crate::index::encoding::fields::Fields;
use crate::index::error::StoreError;
use crate::index::snapshot::Snapshot;
use crate::schema::{Collection, Key, SignalError, SignalId, is_valid_number};
use crate::signals::{DayTable, NumberChange, OwnerOrdinal, SignalTable, Signals};

/// One index of a store, open.
pub(crate) struct StoreState {
    collections: Vec<CollectionState>,
    /// The number of its folder; `None` for an index from before indexes had numbers.
    pub(crate) generation: Option<u64>,
    pub(crate) signals: SignalTable,
    freshness: AtomicFreshness,
    signals_freshness: AtomicFreshness,
}

/// A [`Freshness`] that the writer updates while readers read it.
#[derive(Default)]
struct AtomicFreshness {
    position: AtomicU64,
    /// In milliseconds since 1970; 0 if it is unknown.
    current_at_ms: AtomicU64,
}

impl StoreState {
    pub(crate) fn open(
        generation: Option<u64>,
        settings: &StoreSettings,
        open: impl Fn(Collection) -> Result<Index, StoreError>,
    ) -> Result<StoreState, StoreError> {
        let signals = SignalTable::new();
        let mut collections = Vec::new();
        for &collection in &*settings.collections {
            let index = open(collection)?;
            let state = CollectionState::open(collection, index, settings, &signals)?;
            collections.push(state);
        }
        let state = StoreState {
            collections,
            generation,
            signals,
            freshness: AtomicFreshness::default(),
            signals_freshness: AtomicFreshness::default(),
        };
        state.adopt_position();
        Ok(state)
    }

    pub(crate) fn index(&self, collection: Collection) -> &Index {
        &self.collection(collection).index
    }

    pub(crate) fn snapshot(&self, collection: Collection) -> Arc<Snapshot> {
        self.collection(collection).snapshot.load_full()
    }

    /// The checkpoint of the current snapshot.
    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        let first = self.collections.first()?;
        first.snapshot.load().checkpoint.clone()
    }

    /// Makes the newest commit searchable.
    pub(crate) fn reload(&self, collection: Collection) -> Result<(), StoreError> {
        self.collection(collection).reload(&self.signals)?;
        if self.collections[0].collection == collection {
            self.adopt_position();
        }
        Ok(())
    }

    pub(crate) fn reload_all(&self) -> Result<(), StoreError> {
        let mut collections = self.collections();
        collections.try_for_each(|collection| self.reload(collection))
    }

    /// Changes an owner's signals. Bounds loosen before the signals change. No segment is loaded
    /// meanwhile, since it could miss both.
    pub(crate) fn set_signals(&self, owner: OwnerOrdinal, signals: &Signals) {
        let locked: Vec<LockedSegments<'_>> = self
            .collections
            .iter()
            .map(CollectionState::lock_segments)
            .collect();
        // A search may need this lock, so the writer waits for nothing while it holds it.
        let _changing = self.signals.lock_changes();
        for segment in locked.iter().flat_map(LockedSegments::in_use) {
            segment.loosen_for(owner, signals);
        }
        self.signals.set(owner, signals);
    }

    /// The busy days of a collection's documents; `None` if its schema declares none.
    pub(crate) fn days(&self, collection: Collection) -> Option<&DayTable> {
        self.collection(collection).document_signals.days()
    }

    pub(crate) fn change_days(
        &self,
        collection: Collection,
        changes: &[DaysChange],
    ) -> Result<(), StoreError> {
        let state = self.collection(collection);
        let days = state.days()?;
        let locked = state.lock_segments();
        let segments = locked.in_use();
        let segments = with_signal(&segments, |signals| signals.days.as_ref());
        let changes = changes.iter().map(|change| {
            let update = |before| days.changed(&before, change);
            (change.key, update)
        });
        change(days.documents(), &state.fields, &segments, changes)
    }

    /// Moves the availability window one step towards `first`; returns the days that enter with
    /// it.
    pub(crate) fn advance_availability_window(
        &self,
        collection: Collection,
        first: Date,
    ) -> Option<DateRange> {
        let state = self.collection(collection);
        let days = state.document_signals.days()?;
        let locked = state.lock_segments();
        let segments = locked.in_use();
        let segments = with_signal(&segments, |signals| signals.days.as_ref());
        advance_window(days, &segments, first)
    }

    pub(crate) fn reset_availability_window(&self, collection: Collection) {
        let state = self.collection(collection);
        let Some(days) = state.document_signals.days() else {
            return;
        };
        let locked = state.lock_segments();
        let segments = locked.in_use();
        let segments = with_signal(&segments, |signals| signals.days.as_ref());
        reset_window(days, &segments);
    }

    pub(crate) fn change_numbers(
        &self,
        collection: Collection,
        signal: SignalId,
        changes: &[NumberChange],
    ) -> Result<(), StoreError> {
        let state = self.collection(collection);
        let index = state.number_index(signal)?;
        let mut all = changes.iter();
        if let Some(&NumberChange { key, value }) = all.find(|it| !is_valid_number(it.value)) {
            let signal = collection.schema().signals()[signal.index()]
                .name()
                .to_owned();
            let value = value.to_string();
            return Err(SignalError::Number { signal, key, value }.into());
        }
        let locked = state.lock_segments();
        let segments = locked.in_use();
        let segments = with_signal(&segments, |signals| signals.numbers.get(index));
        let changes = changes.iter().map(|&NumberChange { key, value }| {
            let update = move |_before| value;
            (key, update)
        });
        let table = &state.document_signals.numbers()[index];
        change(table, &state.fields, &segments, changes)
    }

    /// The documents whose number differs from the default, with their numbers.
    pub(crate) fn numbers(
        &self,
        collection: Collection,
        signal: SignalId,
    ) -> Result<Vec<(Key, f64)>, SignalError> {
        let state = self.collection(collection);
        let table = &state.document_signals.numbers()[state.number_index(signal)?];
        Ok(table.filter_map(|key, value| (value != *table.default()).then_some((key, value))))
    }

    pub(crate) fn ordinal(&self, owner: Key) -> OwnerOrdinal {
        self.signals.ordinal(Some(owner))
    }

    pub(crate) fn freshness(&self) -> Freshness {
        self.freshness.load()
    }

    pub(crate) fn mark_current(&self, position: Position, at: SystemTime) {
        let position = position.0;
        self.freshness
            .position
            .fetch_max(position, Ordering::AcqRel);
        self.freshness.mark_current_at(at);
    }

    pub(crate) fn signals_freshness(&self) -> Freshness {
        self.signals_freshness.load()
    }

    pub(crate) fn mark_signals_current(&self, position: Position, at: SystemTime) {
        self.signals_freshness.set_position(position);
        self.signals_freshness.mark_current_at(at);
    }

    fn adopt_position(&self) {
        if let Some(checkpoint) = self.checkpoint() {
            // On another server the position may be lower than before.
            self.freshness.set_position(checkpoint.position);
        }
    }

    pub(crate) fn fields(&self, collection: Collection) -> &Fields {
        &self.collection(collection).fields
    }

    /// All collections, the one with the checkpoint first.
    pub(crate) fn collections(&self) -> impl DoubleEndedIterator<Item = Collection> {
        self.collections.iter().map(|state| state.collection)
    }

    /// The index of a collection among all of the store.
    ///
    /// # Panics
    /// If the store was opened without that collection.
    pub(crate) fn index_of(&self, collection: Collection) -> usize {
        let found = self.collections().position(|it| it == collection);
        found.unwrap_or_else(|| panic!("the store was opened without {collection:?}"))
    }

    fn collection(&self, collection: Collection) -> &CollectionState {
        &self.collections[self.index_of(collection)]
    }
}

impl AtomicFreshness {
    fn load(&self) -> Freshness {
        let current_at_ms = self.current_at_ms.load(Ordering::Acquire);
        Freshness {
            position: Position(self.position.load(Ordering::Acquire)),
            current_at: (current_at_ms > 0)
                .then(|| SystemTime::UNIX_EPOCH + Duration::from_millis(current_at_ms)),
        }
    }

    fn set_position(&self, position: Position) {
        self.position.store(position.0, Ordering::Release);
    }

    fn mark_current_at(&self, at: SystemTime) {
        let since_1970 = at.duration_since(SystemTime::UNIX_EPOCH);
        let ms = u64::try_from(since_1970.unwrap_or_default().as_millis()).unwrap_or(u64::MAX);
        self.current_at_ms.fetch_max(ms, Ordering::AcqRel);
    }
}
