//! What does a search read, from its first look to its last?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};
use tantivy::index::SegmentId;
use tantivy::{Index, IndexMeta, IndexReader, ReloadPolicy, Searcher};

use super::StoreError;
use super::names::NameTable;
use super::places::Places;
use super::schema::{FORMAT_VERSION, Fields};
use super::segment::{AliveBits, Live, Segment};
use super::segment_view::SegmentView;
use super::statistics::Statistics;
use super::stored::Stored;
use crate::checkpoint::{Checkpoint, Position};
use crate::collection::Collection;
use crate::crash_point::crash_point;
use crate::document::Key;
use crate::nights::NightTable;
use crate::signals::SignalTable;

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
    pub(super) checkpoint: Option<Checkpoint>,
    searcher: Searcher,
}

/// What a commit says of itself, as tantivy's payload.
#[derive(Serialize, Deserialize)]
pub(crate) struct Payload {
    format: u32,
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// One collection: its index, and the snapshot that searches see.
pub(super) struct Shelf {
    collection: Collection,
    pub(super) index: Index,
    reader: IndexReader,
    pub(super) snapshot: ArcSwap<Snapshot>,
    loaded: Mutex<Loaded>,
    pub(super) nights: Arc<NightTable>,
    names: Arc<NameTable>,
}

/// The segments in memory, those of older snapshots still in use among them.
pub(super) type Loaded = HashMap<SegmentId, Weak<Segment>>;

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

impl Shelf {
    pub(super) fn open(
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

    pub(super) fn reload(&self, fields: Fields, signals: &SignalTable) -> Result<(), StoreError> {
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

    /// While it is held, no segment is loaded.
    pub(super) fn lock(&self) -> MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
