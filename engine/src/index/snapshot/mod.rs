//! What does a search read, from its first look to its last?

pub(crate) mod name_dictionary;
pub(crate) mod places;
pub(crate) mod segment_view;
pub(crate) mod statistics;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use tantivy::Searcher;
use tantivy::index::SegmentId;

use self::places::Places;
use self::segment_view::SegmentView;
use self::statistics::Statistics;
use crate::availability::NightTable;
use crate::checkpoint::{Checkpoint, Position};
use crate::document::Key;
use crate::index::columns::name_table::NameTable;
use crate::index::error::StoreError;
use crate::index::schema::fields::Fields;
use crate::index::schema::stored_document::Stored;
use crate::index::segment::live_docs::AliveBits;
use crate::index::segment::{Live, Segment};
use crate::tuning::Tuning;

/// One commit of one collection, unchanging while it is held.
pub(crate) struct Snapshot {
    pub(crate) segments: Vec<SegmentView>,
    pub(crate) statistics: Statistics,
    pub(crate) fields: Fields,
    #[allow(dead_code, reason = "search is about to read its constants here")]
    pub(crate) tuning: Tuning,
    /// The nights of the collection's documents: like signals, they are read as they are now.
    pub(crate) nights: Arc<NightTable>,
    /// The localities and cities that its segments name by number.
    pub(crate) names: Arc<NameTable>,
    /// Once they are needed.
    places: OnceLock<Places>,
    pub(crate) checkpoint: Option<Checkpoint>,
    searcher: Searcher,
}

/// The segments in memory, those of older snapshots still in use among them.
pub(crate) type Loaded = HashMap<SegmentId, Weak<Segment>>;

impl Snapshot {
    pub(crate) fn take(
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
            tuning: *live.tuning,
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
        self.places
            .get_or_init(|| Places::of(&self.segments, &self.names))
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
