//! A segment in memory: its columns, tree, terms and cached bounds.
//!
//! Deletes do not change a segment, so it is loaded once, for all snapshots that contain it.

pub(crate) mod attribute_bitmaps;
pub(crate) mod live_docs;
pub(crate) mod place_sums;
pub(crate) mod terms;
pub(crate) mod visible_docs;

use std::sync::Arc;

use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, SegmentReader, TERMINATED, TantivyError, Term};

use self::attribute_bitmaps::AttributeBitmaps;
use self::place_sums::PlaceSums;
use self::terms::Terms;
use self::visible_docs::VisibleDocs;
use crate::control::search_budget::SearchBudget;
use crate::index::bounds::cache::BoundsCache;
use crate::index::bounds::static_bounds::{StaticBounds, StaticScorer};
use crate::index::bounds::term_bounds::{Saturation, TermSource};
use crate::index::bounds::word_bounds::WordBounds;
use crate::index::collection_tables::CollectionTables;
use crate::index::columns::{Columns, RatingSums, read_integers};
use crate::index::encoding::fields::{CELL, Fields};
use crate::index::error::StoreError;
use crate::index::tree::Tree;
use crate::signals::{OwnerOrdinal, SignalView, Signals};

/// The parts of one segment that searches read, by doc id.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) columns: Columns,
    pub(crate) tree: Tree,
    pub(crate) terms: Terms,
    pub(crate) ratings: RatingSums,
    /// The lengths of all documents together.
    pub(crate) words: u64,
    pub(crate) visible: VisibleDocs,
    pub(crate) bounds: BoundsCache,
    pub(crate) bitmaps: AttributeBitmaps,
    pub(crate) places: PlaceSums,
    reader: SegmentReader,
}

impl Segment {
    pub(crate) fn load(
        reader: &SegmentReader,
        fields: &Fields,
        tables: CollectionTables<'_>,
    ) -> Result<Arc<Segment>, StoreError> {
        let CollectionTables {
            collection,
            signals,
            document_signals,
            names,
            tuning,
        } = tables;
        let cells = read_integers(reader, CELL)?;
        if !cells.is_sorted() {
            return Err(StoreError::Damaged(
                "a segment is not sorted by cell".into(),
            ));
        }
        let columns = Columns::load(reader, fields, collection, signals, names)?;
        let signals = signals.view();
        Ok(Arc::new(Segment {
            tree: Tree::build(
                &cells,
                &columns,
                &signals,
                document_signals,
                tuning.leaf_documents,
            ),
            terms: Terms::load(reader, fields.text)?,
            ratings: RatingSums::of(&columns),
            words: columns.words_sum(),
            visible: VisibleDocs::of(&columns, &signals),
            bounds: BoundsCache::new(reader.max_doc(), tuning),
            bitmaps: AttributeBitmaps::new(&columns),
            places: PlaceSums::default(),
            columns,
            reader: reader.clone(),
        }))
    }

    /// The documents of a key, deleted or not, given as a term of its field.
    pub(crate) fn docs_of(&self, key: &Term) -> Result<Vec<u32>, StoreError> {
        let keys = self.reader.inverted_index(key.field())?;
        let postings = keys
            .read_postings(key, IndexRecordOption::Basic)
            .map_err(TantivyError::from)?;
        let mut docs = Vec::new();
        if let Some(mut postings) = postings {
            while postings.doc() != TERMINATED {
                docs.push(postings.doc());
                postings.advance();
            }
        }
        Ok(docs)
    }

    /// The bounds of a word, computed if they are not cached. `None` once the budget is exhausted.
    pub(crate) fn word_bounds(
        &self,
        terms: &[(TermInfo, f64)],
        saturation: &Saturation<'_>,
        budget: &mut SearchBudget,
    ) -> Result<Option<Arc<WordBounds>>, StoreError> {
        let source = TermSource {
            tree: self.tree.cells(),
            columns: &self.columns,
            index: self.terms.index(),
        };
        self.bounds.word_bounds(source, terms, saturation, budget)
    }

    /// The static bounds for a scorer, computed if they are not cached. `None` once the budget
    /// is exhausted, and while signals change or another search computes bounds.
    pub(crate) fn static_bounds(
        &self,
        scorer: &StaticScorer,
        signals: &SignalView,
        budget: &mut SearchBudget,
    ) -> Option<Arc<StaticBounds>> {
        let tree = self.tree.cells();
        self.bounds
            .static_bounds(scorer, tree, &self.columns, signals, budget)
    }

    /// Shows or hides an owner's documents and loosens the bounds above them, before the signals
    /// themselves change.
    pub(crate) fn loosen_for(&self, owner: OwnerOrdinal, signals: &Signals) {
        let tree = self.tree.cells();
        self.tree.raise(owner, signals);
        self.bounds.raise(tree, &self.columns, owner, signals);
        for leaf in tree.leaves_of(owner) {
            let docs = tree.node(leaf).docs.clone();
            self.visible
                .set(&self.columns, docs, owner, signals.available);
        }
    }

    /// The memory of cached bounds, bitmaps, visible documents and place sums.
    pub(crate) fn bounds_memory_bytes(&self) -> usize {
        self.bounds.memory_bytes()
            + self.bitmaps.memory_bytes()
            + self.visible.memory_bytes()
            + self.places.memory_bytes()
    }
}
