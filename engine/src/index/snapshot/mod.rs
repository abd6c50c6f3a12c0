//! A snapshot: one commit of a collection, as a search reads it from start to end.

pub(crate) mod name_dictionary;
pub(crate) mod places;
pub(crate) mod segment_view;
pub(crate) mod statistics;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader};

use self::places::Places;
use self::segment_view::SegmentView;
use self::statistics::Statistics;
use crate::checkpoint::{Checkpoint, Position};
use crate::control::tuning::Tuning;
use crate::index::collection_tables::CollectionTables;
use crate::index::columns::name_table::NameTable;
use crate::index::encoding::fields::Fields;
use crate::index::encoding::stored_document::StoredDocument;
use crate::index::error::StoreError;
use crate::index::segment::Segment;
use crate::index::segment::live_docs::LiveDocs;
use crate::schema::{Collection, Key};
use crate::signals::DocumentSignals;

/// One commit of one collection. Its documents never change.
pub(crate) struct Snapshot {
    pub(crate) segments: Vec<SegmentView>,
    pub(crate) statistics: Statistics,
    pub(crate) fields: Fields,
    pub(crate) collection: Collection,
    pub(crate) tuning: Tuning,
    /// The signals of the documents. Like those of owners, they are read live.
    pub(crate) document_signals: Arc<DocumentSignals>,
    /// The localities and cities of the collection.
    pub(crate) names: Arc<NameTable>,
    /// Computed when they are first needed.
    places: OnceLock<Places>,
    pub(crate) checkpoint: Option<Checkpoint>,
    searcher: Searcher,
}

/// The segments in memory, with those of older snapshots that are still in use.
pub(crate) type LoadedSegments = HashMap<SegmentId, Weak<Segment>>;

impl Snapshot {
    /// The snapshot of a commit. It shares unchanged segments with `loaded`, and unchanged deletes
    /// with the snapshot `before`.
    pub(crate) fn take(
        (checkpoint, searcher): (Option<Checkpoint>, Searcher),
        before: &[SegmentView],
        fields: &Fields,
        tables: CollectionTables<'_>,
        loaded: &mut LoadedSegments,
    ) -> Result<Snapshot, StoreError> {
        let readers = searcher.segment_readers();
        let mut segments = Vec::with_capacity(readers.len());
        for (reader, segment) in readers.iter().zip(load(readers, loaded, fields, tables)?) {
            loaded.insert(reader.segment_id(), Arc::downgrade(&segment));
            // Most commits delete documents of few segments.
            let unchanged = before.iter().find(|view| view.has_deletes_of(reader));
            let live = match unchanged {
                Some(view) => view.live.clone(),
                None => LiveDocs::of(reader).map(Arc::new),
            };
            segments.push(SegmentView::new(segment, reader, live)?);
        }
        loaded.retain(|_, segment| segment.strong_count() > 0);
        let statistics = Statistics::of(&segments);
        Ok(Snapshot {
            segments,
            statistics,
            fields: fields.clone(),
            collection: tables.collection,
            tuning: *tables.tuning,
            document_signals: Arc::clone(tables.document_signals),
            names: Arc::clone(tables.names),
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

    /// The localities and cities of the documents.
    pub(crate) fn places(&self) -> &Places {
        self.places
            .get_or_init(|| Places::of(&self.segments, &self.names))
    }

    /// The steps until [`Snapshot::places`] are known: all documents are read once.
    pub(crate) fn steps_to_places(&self) -> u64 {
        match self.places.get() {
            Some(_) => 0,
            None => self.statistics.documents,
        }
    }

    #[cfg(test)]
    pub(crate) fn doc_freq(&self, term: &tantivy::Term) -> u64 {
        self.searcher.doc_freq(term).unwrap()
    }

    /// The number of live documents, listed or not.
    pub(crate) fn document_count(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// The segment and doc id of the document with that key.
    pub(crate) fn find(&self, key: Key) -> Result<Option<(u32, u32)>, StoreError> {
        let term = self.fields.key_term(key);
        for (at, view) in (0..).zip(&self.segments) {
            if let Some(doc) = view.find(&term)? {
                return Ok(Some((at, doc)));
            }
        }
        Ok(None)
    }

    pub(crate) fn stored(&self, segment: u32, doc: u32) -> Result<StoredDocument, StoreError> {
        self.segments[segment as usize].stored(doc)
    }
}

/// The segments of some readers. A commit brings one that is not in memory, but a store opens with
/// all of them, which are loaded side by side.
fn load(
    readers: &[SegmentReader],
    loaded: &LoadedSegments,
    fields: &Fields,
    tables: CollectionTables<'_>,
) -> Result<Vec<Arc<Segment>>, StoreError> {
    let known = |reader: &SegmentReader| loaded.get(&reader.segment_id()).and_then(Weak::upgrade);
    let segment = |reader: &SegmentReader| match known(reader) {
        Some(segment) => Ok(segment),
        None => Segment::load(reader, fields, tables),
    };
    let missing = readers.iter().filter(|reader| known(reader).is_none());
    match missing.count() {
        0 | 1 => readers.iter().map(segment).collect(),
        _ => readers.par_iter().map(segment).collect(),
    }
}
