//! What does a segment hold in memory?
//!
//! Columns are copied into plain arrays when a segment is first seen: a leaf of the tree is then a
//! slice, and reading it costs a third less than through tantivy's compressed columns. Deletes do
//! not change a segment, so it is loaded once, however many snapshots show it.

pub(crate) mod live_docs;
pub(crate) mod place_sums;
pub(crate) mod terms;
pub(crate) mod visible_docs;

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, SegmentReader, TERMINATED, TantivyError, Term};

use self::place_sums::PlaceSums;
use self::terms::Terms;
use self::visible_docs::Shown;
use crate::availability::NightTable;
use crate::collection::{Collection, Tags};
use crate::geo::{LatLng, UnitVector};
use crate::index::bounds::static_bounds::StaticBoundsShelf;
use crate::index::bounds::term_bounds::TermSource;
use crate::index::bounds::word_bounds::WordBoundsCache;
use crate::index::columns::name_table::NameTable;
use crate::index::columns::{Columns, RatingSums, pairs, read_floats, read_integers, read_lengths};
use crate::index::error::StoreError;
use crate::index::schema::fields::{CELL, Fields};
use crate::index::schema::packed_attributes::Traits;
use crate::index::tree::Tree;
use crate::signals::{OwnerOrdinal, SignalTable, Signals};
use crate::tuning::Tuning;

/// The columns and the tree of one segment, by tantivy's document number.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) columns: Columns,
    pub(crate) tree: Tree,
    pub(crate) terms: Terms,
    pub(crate) ratings: RatingSums,
    /// The lengths of all documents together.
    pub(crate) words: u64,
    pub(crate) shown: Shown,
    pub(crate) word_bounds: WordBoundsCache,
    pub(crate) static_bounds: StaticBoundsShelf,
    pub(crate) places: PlaceSums,
    reader: SegmentReader,
}

/// What a collection keeps beside its segments, and they refer to.
#[derive(Clone, Copy)]
pub(crate) struct Live<'a> {
    pub(crate) collection: Collection,
    pub(crate) signals: &'a SignalTable,
    pub(crate) nights: &'a Arc<NightTable>,
    pub(crate) names: &'a Arc<NameTable>,
    pub(crate) tuning: &'a Tuning,
}

impl Segment {
    pub(crate) fn load(
        reader: &SegmentReader,
        fields: Fields,
        Live {
            collection,
            signals,
            nights,
            names,
            tuning,
        }: Live<'_>,
    ) -> Result<Arc<Segment>, StoreError> {
        let integers = |name| read_integers(reader, name);
        let cells = integers(CELL)?;
        if !cells.is_sorted() {
            return Err(StoreError::Damaged(
                "a segment is not in the order of its cells".into(),
            ));
        }
        let keys = pairs(&integers("key_high")?, &integers("key_low")?);
        let owners = pairs(&integers("owner_high")?, &integers("owner_low")?);
        let slots = owners
            .into_iter()
            .map(|owner| signals.ordinal(Some(uuid::Uuid::from_u128(owner))));
        let (lats, lngs) = (read_floats(reader, "lat")?, read_floats(reader, "lng")?);
        let points = lats
            .iter()
            .zip(&lngs)
            .map(|(&lat, &lng)| LatLng::new(lat, lng).map(UnitVector::from));
        let points: Result<Vec<UnitVector>, _> = points.collect();
        let tags: Vec<Tags> = integers("tags")?.into_iter().map(Tags).collect();
        let columns = Columns {
            lengths: read_lengths(reader, fields, collection, &tags)?,
            points: points.map_err(|error| StoreError::Damaged(error.to_string()))?,
            keys,
            slots: slots.collect(),
            prices: read_floats(reader, "price")?,
            ratings: read_floats(reader, "rating")?,
            reviews: integers("reviews")?
                .into_iter()
                .map(|reviews| u32::try_from(reviews).unwrap_or(u32::MAX))
                .collect(),
            tags,
            traits: integers("traits")?
                .into_iter()
                .map(Traits::unpack)
                .collect(),
            localities: names.read_column(reader, "locality")?,
            cities: names.read_column(reader, "city")?,
        };
        let tree = Tree::build(
            &cells,
            &columns,
            &signals.view(),
            nights,
            tuning.leaf_documents,
        );
        let shown = Shown::of(&columns, &signals.view());
        let ratings = RatingSums::of(&columns);
        let lengths = columns.lengths.iter();
        let words = lengths.map(|&length| u64::from(FieldNormReader::id_to_fieldnorm(length)));
        let words = words.sum();
        Ok(Arc::new(Segment {
            columns,
            tree,
            terms: Terms::read(reader, fields.text)?,
            ratings,
            words,
            shown,
            word_bounds: WordBoundsCache::new(reader.max_doc(), tuning),
            static_bounds: StaticBoundsShelf::default(),
            places: PlaceSums::default(),
            reader: reader.clone(),
        }))
    }

    /// What the bounds of terms are computed from.
    pub(crate) fn term_source(&self) -> TermSource<'_> {
        TermSource {
            tree: &self.tree,
            columns: &self.columns,
            index: self.terms.index(),
        }
    }

    /// The documents of a key, deleted or not, as a term of its field.
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

    /// Shows or hides an owner's documents and loosens the bounds above them, before the signals
    /// themselves change.
    pub(crate) fn prepare_for(&self, slot: OwnerOrdinal, signals: &Signals) {
        self.tree.raise(slot, signals);
        self.static_bounds
            .raise(&self.tree, &self.columns, slot, signals);
        for leaf in self.tree.leaves_of(slot) {
            let docs = self.tree.node(leaf).docs.clone();
            self.shown.set(&self.columns, docs, slot, signals.available);
        }
    }
}

impl Segment {
    /// Beside columns and tree: what searches keep of words and profiles, and which documents are
    /// shown.
    pub(crate) fn bounds_memory_bytes(&self) -> usize {
        let words = usize::try_from(self.word_bounds.memory_bytes()).unwrap_or(usize::MAX);
        words
            + self.static_bounds.memory_bytes()
            + self.shown.memory_bytes()
            + self.places.memory_bytes()
    }
}
