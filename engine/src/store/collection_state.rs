//! One collection of an open store: its tantivy index, the current snapshot and its loaded segments.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use tantivy::{Index, IndexReader, ReloadPolicy, Searcher};

use super::commit_payload::Payload;
use super::crash_point::crash_point;
use crate::availability::NightTable;
use crate::checkpoint::Checkpoint;
use crate::collection::Collection;
use crate::index::columns::name_table::NameTable;
use crate::index::error::StoreError;
use crate::index::schema::fields::Fields;
use crate::index::segment::Live;
use crate::index::snapshot::{Loaded, Snapshot};
use crate::signals::SignalTable;
use crate::tuning::Tuning;

/// One collection: its index, and the snapshot that searches see.
pub(super) struct Shelf {
    collection: Collection,
    pub(super) index: Index,
    reader: IndexReader,
    pub(super) snapshot: ArcSwap<Snapshot>,
    loaded: Mutex<Loaded>,
    pub(super) nights: Arc<NightTable>,
    names: Arc<NameTable>,
    tuning: Tuning,
}

impl Shelf {
    pub(super) fn open(
        collection: Collection,
        index: Index,
        fields: Fields,
        signals: &SignalTable,
        tuning: Tuning,
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
            tuning: &tuning,
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
            tuning,
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
            tuning: &self.tuning,
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
