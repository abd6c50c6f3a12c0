//! What does a segment hold in memory?
//!
//! Columns are copied into plain arrays when a segment is first seen: a leaf of the tree is then a
//! slice, and reading it costs a third less than through tantivy's compressed columns. Deletes do
//! not change a segment, so it is loaded once, however many snapshots show it.

use std::sync::Arc;

use tantivy::columnar::Cardinality;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::schema::IndexRecordOption;
use tantivy::{BitSet, DocSet, SegmentReader, TERMINATED, TantivyError, Term};

use super::StoreError;
use super::names::NameTable;
use super::places::PlaceSums;
use super::schema::{CELL, Fields, Traits};
use super::shown::Shown;
use super::static_bounds::StaticBoundsShelf;
use super::terms::Terms;
use super::tree::Tree;
use super::word_bounds::WordBoundsCache;
use crate::collection::{Collection, Tags};
use crate::nights::NightTable;
use crate::place::{LatLng, UnitVector};
use crate::signals::{OwnerOrdinal, SignalTable, Signals};

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

#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) points: Vec<UnitVector>,
    pub(crate) keys: Vec<u128>,
    pub(crate) slots: Vec<OwnerOrdinal>,
    /// NaN where the price is not known.
    pub(crate) prices: Vec<f64>,
    /// NaN where there is no rating.
    pub(crate) ratings: Vec<f64>,
    pub(crate) reviews: Vec<u32>,
    pub(crate) tags: Vec<Tags>,
    pub(crate) traits: Vec<Traits>,
    /// How many words the texts have, but for the names of tags: what a room offers makes its texts no
    /// longer. Rounded and numbered as tantivy does it.
    pub(crate) lengths: Vec<u8>,
    /// By the collection's table of names.
    pub(crate) localities: Vec<u32>,
    pub(crate) cities: Vec<u32>,
}

/// What a collection keeps beside its segments, and they refer to.
#[derive(Clone, Copy)]
pub(crate) struct Live<'a> {
    pub(crate) collection: Collection,
    pub(crate) signals: &'a SignalTable,
    pub(crate) nights: &'a Arc<NightTable>,
    pub(crate) names: &'a Arc<NameTable>,
}

/// What the mean rating of a collection is made of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RatingSums {
    pub(crate) weighted: f64,
    pub(crate) reviews: f64,
}

/// Which documents of a segment are alive, a bit each.
#[derive(Debug)]
pub(crate) struct AliveBits(Vec<u64>);

impl Segment {
    pub(crate) fn load(
        reader: &SegmentReader,
        fields: Fields,
        Live {
            collection,
            signals,
            nights,
            names,
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
            .map(|owner| signals.slot(Some(uuid::Uuid::from_u128(owner))));
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
        let tree = Tree::build(&cells, &columns, &signals.view(), nights);
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
            word_bounds: WordBoundsCache::of_segment(reader.max_doc()),
            static_bounds: StaticBoundsShelf::default(),
            places: PlaceSums::default(),
            reader: reader.clone(),
        }))
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

impl Columns {
    pub(crate) fn memory_bytes(&self) -> usize {
        // By name, so that a new column can't be forgotten.
        let Columns {
            points,
            keys,
            slots,
            prices,
            ratings,
            reviews,
            tags,
            traits,
            lengths,
            localities,
            cities,
        } = self;
        size_of_val(&points[..])
            + size_of_val(&keys[..])
            + size_of_val(&slots[..])
            + size_of_val(&prices[..])
            + size_of_val(&ratings[..])
            + size_of_val(&reviews[..])
            + size_of_val(&tags[..])
            + size_of_val(&traits[..])
            + size_of_val(&lengths[..])
            + size_of_val(&localities[..])
            + size_of_val(&cities[..])
    }
}

impl RatingSums {
    fn of(columns: &Columns) -> RatingSums {
        let mut sums = RatingSums::default();
        for (&rating, &reviews) in columns.ratings.iter().zip(&columns.reviews) {
            if !rating.is_nan() {
                sums.weighted += rating * f64::from(reviews);
                sums.reviews += f64::from(reviews);
            }
        }
        sums
    }

    pub(crate) fn add(&mut self, other: RatingSums) {
        self.weighted += other.weighted;
        self.reviews += other.reviews;
    }

    /// The mean rating over all reviews, 0 if there is none.
    pub(crate) fn mean(self) -> f64 {
        if self.reviews > 0.0 {
            self.weighted / self.reviews
        } else {
            0.0
        }
    }
}

impl AliveBits {
    /// `None` if nothing is deleted.
    pub(crate) fn of(reader: &SegmentReader) -> Option<AliveBits> {
        let alive = reader.alive_bitset()?.bitset();
        let mut all = BitSet::with_max_value_and_full(alive.max_value());
        all.intersect_update(alive);
        let words = (0..alive.max_value().div_ceil(64))
            .map(|word| u64::from_le_bytes(all.tinyset(word).into_bytes()));
        Some(AliveBits(words.collect()))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&self.0[..])
    }

    pub(crate) fn is_alive(&self, doc: u32) -> bool {
        self.0[doc as usize / 64] >> (doc % 64) & 1 == 1
    }

    /// Sixty-four documents.
    pub(crate) fn word(&self, at: usize) -> u64 {
        self.0[at]
    }
}

/// Whole columns are unpacked at once, which takes a fraction of the time of a look for each
/// document.
fn read_integers(reader: &SegmentReader, name: &str) -> Result<Vec<u64>, StoreError> {
    let column = reader.fast_fields().u64(name)?;
    if column.get_cardinality() != Cardinality::Full {
        let missing = format!("column {name} has a document without a value");
        return Err(StoreError::Damaged(missing));
    }
    let mut values = vec![0; reader.max_doc() as usize];
    column.values.get_range(0, &mut values);
    Ok(values)
}

fn read_lengths(
    reader: &SegmentReader,
    fields: Fields,
    collection: Collection,
    tags: &[Tags],
) -> Result<Vec<u8>, StoreError> {
    let all = reader.get_fieldnorms_reader(fields.text)?;
    let of_tags = collection.tag_words();
    let lengths = (0..).zip(tags).map(|(doc, tags)| {
        let of_tags = of_tags.iter().enumerate();
        let of_tags = of_tags.filter(|(at, _)| tags.0 >> at & 1 == 1);
        let words: u32 = of_tags.map(|(_, words)| words).sum();
        FieldNormReader::fieldnorm_to_id(all.fieldnorm(doc).saturating_sub(words))
    });
    Ok(lengths.collect())
}

fn read_floats(reader: &SegmentReader, name: &str) -> Result<Vec<f64>, StoreError> {
    let column = reader.fast_fields().f64(name)?;
    let mut known = vec![f64::NAN; column.values.num_vals() as usize];
    column.values.get_range(0, &mut known);
    if column.get_cardinality() == Cardinality::Full {
        return Ok(known);
    }
    let mut docs: Vec<u32> = (0..column.values.num_vals()).collect();
    column.index.select_batch_in_place(0, &mut docs);
    let mut values = vec![f64::NAN; reader.max_doc() as usize];
    for (doc, value) in docs.into_iter().zip(known) {
        values[doc as usize] = value;
    }
    Ok(values)
}

fn pairs(high: &[u64], low: &[u64]) -> Vec<u128> {
    high.iter()
        .zip(low)
        .map(|(&high, &low)| u128::from(high) << 64 | u128::from(low))
        .collect()
}
