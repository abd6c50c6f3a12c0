//! What does a search read, from its first look to its last?

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use tantivy::index::SegmentId;
use tantivy::{Index, IndexMeta, IndexReader, ReloadPolicy, Searcher};

use super::StoreError;
use super::booking::{change_nights, forget_nights, step_nights};
use super::names::NameTable;
use super::places::Places;
use super::schema::{self, FORMAT_VERSION, Fields};
use super::segment::{AliveBits, Live, Segment};
use super::segment_view::SegmentView;
use super::statistics::Statistics;
use super::stored::Stored;
use crate::checkpoint::{Checkpoint, Freshness, Position};
use crate::collection::Collection;
use crate::crash_point::crash_point;
use crate::date::Date;
use crate::document::Key;
use crate::nights::NightTable;
use crate::signals::{SignalTable, Signals, Slot};
use crate::stay::{NightsChange, Stay};

/// One commit of one collection, unchanging while it is held.
pub(crate) struct Snapshot {
    pub(crate) segments: Vec<SegmentView>,
    pub(crate) statistics: Statistics,
    pub(crate) fields: Fields,
    /// The nights of the collection's documents: like signals, they are read as they are now.
    pub(crate) nights: Arc<NightTable>,
    /// The localities and cities that its segments name by number.
    pub(crate) names: Arc<NameTable>,
    /// Once they are needed.
    places: OnceLock<Places>,
    checkpoint: Option<Checkpoint>,
    searcher: Searcher,
}

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

/// What a commit says of itself, as tantivy's payload.
#[derive(Serialize, Deserialize)]
pub(crate) struct Payload {
    format: u32,
    pub(crate) checkpoint: Option<Checkpoint>,
}

struct Shelf {
    collection: Collection,
    index: Index,
    reader: IndexReader,
    snapshot: ArcSwap<Snapshot>,
    loaded: Mutex<Loaded>,
    nights: Arc<NightTable>,
    names: Arc<NameTable>,
}

/// The segments in memory, those of older snapshots still in use among them.
type Loaded = HashMap<SegmentId, Weak<Segment>>;

impl Shared {
    pub(crate) fn open(
        generation: Option<u64>,
        open: impl Fn(Collection) -> Result<Index, StoreError>,
    ) -> Result<Shared, StoreError> {
        let (_, fields) = schema::schema();
        let signals = SignalTable::new();
        let mut collections = Vec::new();
        for collection in Collection::ALL {
            collections.push(Shelf::open(
                collection,
                open(collection)?,
                fields,
                &signals,
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
    pub(crate) fn set_signals(&self, slot: Slot, signals: Signals) {
        let shelves: Vec<_> = self.collections.iter().map(Shelf::lock).collect();
        // Searches may wait for this one, so nothing is waited for while it is held.
        let _changing = self.signals.hold();
        for segment in shelves.iter().flat_map(|loaded| loaded.values()) {
            // One without a snapshot is read by no search.
            if let Some(segment) = segment.upgrade() {
                segment.prepare_for(slot, &signals);
            }
        }
        self.signals.set(slot, signals);
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

    pub(crate) fn slot(&self, owner: Key) -> Slot {
        self.signals.slot(Some(owner))
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

/// The collection whose commits carry the checkpoint: the one that is committed last.
pub(crate) const CHECKPOINTED: Collection = Collection::Rooms;

impl Payload {
    pub(crate) fn new(checkpoint: Option<Checkpoint>) -> Payload {
        Payload {
            format: FORMAT_VERSION,
            checkpoint,
        }
    }

    pub(super) fn read(meta: &IndexMeta) -> Result<Payload, StoreError> {
        let Some(text) = &meta.payload else {
            return Ok(Payload::new(None));
        };
        let damaged = |error| StoreError::Damaged(format!("its payload is not ours: {error}"));
        let json: serde_json::Value = serde_json::from_str(text).map_err(damaged)?;
        if json["format"] != FORMAT_VERSION {
            let (found, expected) = (json["format"].to_string(), FORMAT_VERSION);
            return Err(StoreError::OtherVersion { found, expected });
        }
        serde_json::from_value(json).map_err(damaged)
    }
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

impl Shelf {
    fn open(
        collection: Collection,
        index: Index,
        fields: Fields,
        signals: &SignalTable,
    ) -> Result<Shelf, StoreError> {
        let reader: IndexReader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(0)
            .try_into()?;
        let mut loaded = Loaded::new();
        let nights = Arc::new(NightTable::new());
        let names = Arc::new(NameTable::new());
        let live = Live {
            collection,
            signals,
            nights: &nights,
            names: &names,
        };
        let snapshot = Snapshot::take(newest(&index, &reader)?, &[], fields, live, &mut loaded)?;
        Ok(Shelf {
            collection,
            index,
            reader,
            snapshot: ArcSwap::from_pointee(snapshot),
            loaded: Mutex::new(loaded),
            nights,
            names,
        })
    }

    fn reload(&self, fields: Fields, signals: &SignalTable) -> Result<(), StoreError> {
        // Of two at a time, the one with the older commit would otherwise put it over the newer.
        let mut loaded = self.lock();
        let newest = newest(&self.index, &self.reader)?;
        let before = self.snapshot.load();
        let live = Live {
            collection: self.collection,
            signals,
            nights: &self.nights,
            names: &self.names,
        };
        let snapshot = Snapshot::take(newest, &before.segments, fields, live, &mut loaded)?;
        crash_point("snapshot_is_ready");
        self.snapshot.store(Arc::new(snapshot));
        crash_point("snapshot_is_swapped");
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those that some search may read.
fn segments(loaded: &Loaded) -> Vec<Arc<Segment>> {
    loaded.values().filter_map(Weak::upgrade).collect()
}

/// The newest commit, and the checkpoint that belongs to it: another process may commit meanwhile.
fn newest(
    index: &Index,
    reader: &IndexReader,
) -> Result<(Option<Checkpoint>, Searcher), StoreError> {
    loop {
        let meta = index.load_metas()?;
        reader.reload()?;
        if index.load_metas()?.opstamp == meta.opstamp {
            return Ok((Payload::read(&meta)?.checkpoint, reader.searcher()));
        }
    }
}

impl Snapshot {
    fn take(
        (checkpoint, searcher): (Option<Checkpoint>, Searcher),
        before: &[SegmentView],
        fields: Fields,
        live: Live<'_>,
        loaded: &mut Loaded,
    ) -> Result<Snapshot, StoreError> {
        let mut segments = Vec::new();
        for reader in searcher.segment_readers() {
            let known = loaded.get(&reader.segment_id()).and_then(Weak::upgrade);
            let segment = match known {
                Some(segment) => segment,
                None => Segment::load(reader, fields, live)?,
            };
            loaded.insert(reader.segment_id(), Arc::downgrade(&segment));
            // Most commits delete from few segments: the counts of the others are still right.
            let same = before.iter().find(|view| view.has_deletes_of(reader));
            let alive = match same {
                Some(view) => view.alive.clone(),
                None => AliveBits::of(reader).map(Arc::new),
            };
            segments.push(SegmentView::new(segment, reader, alive)?);
        }
        loaded.retain(|_, segment| segment.strong_count() > 0);
        let statistics = Statistics::of(&segments);
        Ok(Snapshot {
            segments,
            statistics,
            fields,
            nights: Arc::clone(live.nights),
            names: Arc::clone(live.names),
            places: OnceLock::new(),
            checkpoint,
            searcher,
        })
    }

    pub(crate) fn position(&self) -> Option<Position> {
        self.checkpoint
            .as_ref()
            .map(|checkpoint| checkpoint.position)
    }

    /// The localities and cities of its documents.
    pub(crate) fn places(&self) -> &Places {
        self.places.get_or_init(|| Places::of(self))
    }

    #[cfg(test)]
    pub(crate) fn doc_freq(&self, term: &tantivy::Term) -> u64 {
        self.searcher.doc_freq(term).unwrap()
    }

    /// How many documents are alive, listed or not.
    pub(crate) fn document_count(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// Where the document of that key is: segment and document number.
    pub(crate) fn find(&self, key: Key) -> Result<Option<(u32, u32)>, StoreError> {
        let term = self.fields.key_term(key);
        for (at, view) in (0..).zip(&self.segments) {
            if let Some(doc) = view.find(&term)? {
                return Ok(Some((at, doc)));
            }
        }
        Ok(None)
    }

    pub(crate) fn stored(&self, segment: u32, doc: u32) -> Result<Stored, StoreError> {
        self.segments[segment as usize].stored(doc)
    }
}
