//! One collection of an open store: its tantivy index, its current snapshot and its loaded
//! segments.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwap;
use tantivy::{Index, IndexReader, ReloadPolicy, Searcher};

use super::commit_payload::CommitPayload;
use super::crash_point::crash_point;
use super::options::StoreSettings;
use crate::checkpoint::Checkpoint;
use crate::index::collection_tables::CollectionTables;
use crate::index::columns::name_table::NameTable;
use crate::index::encoding::fields::{self, Fields};
use crate::index::error::StoreError;
use crate::index::segment::Segment;
use crate::index::snapshot::{LoadedSegments, Snapshot};
use crate::schema::{Collection, SignalError, SignalId};
use crate::signals::{DayTable, DocumentSignals, SignalTable};

pub(super) struct CollectionState {
    pub(super) collection: Collection,
    pub(super) index: Index,
    pub(super) fields: Fields,
    reader: IndexReader,
    pub(super) snapshot: ArcSwap<Snapshot>,
    loaded: Mutex<LoadedSegments>,
    pub(super) document_signals: Arc<DocumentSignals>,
    names: Arc<NameTable>,
    settings: StoreSettings,
}

/// The loaded segments, locked: no segment is loaded meanwhile.
pub(super) struct LockedSegments<'a>(MutexGuard<'a, LoadedSegments>);

impl CollectionState {
    pub(super) fn open(
        collection: Collection,
        index: Index,
        settings: &StoreSettings,
        signals: &SignalTable,
    ) -> Result<CollectionState, StoreError> {
        let reader: IndexReader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(0)
            .try_into()?;
        let mut loaded = LoadedSegments::new();
        let document_signals = Arc::new(DocumentSignals::of(collection));
        let names = Arc::new(NameTable::new());
        let tables = CollectionTables {
            collection,
            signals,
            document_signals: &document_signals,
            names: &names,
            tuning: &settings.tuning,
        };
        let (_, fields) = fields::schema(collection);
        let newest = newest_commit(&index, &reader, &settings.collections)?;
        let snapshot = Snapshot::take(newest, &[], &fields, tables, &mut loaded)?;
        Ok(CollectionState {
            collection,
            index,
            fields,
            reader,
            snapshot: ArcSwap::from_pointee(snapshot),
            loaded: Mutex::new(loaded),
            document_signals,
            names,
            settings: settings.clone(),
        })
    }

    /// Makes the newest commit the current snapshot.
    pub(super) fn reload(&self, signals: &SignalTable) -> Result<(), StoreError> {
        // Without the lock, one of two concurrent reloads could replace a newer commit by an older
        // one.
        let mut loaded = self.lock_loaded();
        let newest = newest_commit(&self.index, &self.reader, &self.settings.collections)?;
        let before = self.snapshot.load();
        let tables = CollectionTables {
            collection: self.collection,
            signals,
            document_signals: &self.document_signals,
            names: &self.names,
            tuning: &self.settings.tuning,
        };
        let snapshot = Snapshot::take(newest, &before.segments, &self.fields, tables, &mut loaded)?;
        crash_point("snapshot_is_ready");
        self.snapshot.store(Arc::new(snapshot));
        crash_point("snapshot_is_swapped");
        Ok(())
    }

    /// The busy days of the documents.
    ///
    /// # Errors
    /// If the schema declares none.
    pub(super) fn days(&self) -> Result<&DayTable, SignalError> {
        let undeclared = || SignalError::NoDays(self.collection.name().to_owned());
        self.document_signals.days().ok_or_else(undeclared)
    }

    /// The index of a signal among those of a number.
    ///
    /// # Errors
    /// If the schema declares no such signal.
    pub(super) fn number_index(&self, signal: SignalId) -> Result<usize, SignalError> {
        let undeclared = || SignalError::NoNumber {
            collection: self.collection.name().to_owned(),
            index: signal.index(),
        };
        let index = self.collection.number_signal_index(signal);
        index.ok_or_else(undeclared)
    }

    /// Keeps segments from being loaded, so that a change reaches every segment.
    pub(super) fn lock_segments(&self) -> LockedSegments<'_> {
        LockedSegments(self.lock_loaded())
    }

    fn lock_loaded(&self) -> MutexGuard<'_, LoadedSegments> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LockedSegments<'_> {
    /// The segments that a search may read: those in a snapshot that is in use.
    pub(super) fn in_use(&self) -> Vec<Arc<Segment>> {
        self.0.values().filter_map(Weak::upgrade).collect()
    }
}

/// The newest commit with its own checkpoint, although another process may commit meanwhile.
fn newest_commit(
    index: &Index,
    reader: &IndexReader,
    collections: &[Collection],
) -> Result<(Option<Checkpoint>, Searcher), StoreError> {
    loop {
        let meta = index.load_metas()?;
        reader.reload()?;
        if index.load_metas()?.opstamp == meta.opstamp {
            return Ok((
                CommitPayload::read(&meta, collections)?.checkpoint,
                reader.searcher(),
            ));
        }
    }
}
