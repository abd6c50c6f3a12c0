//! The columns of a segment, as plain arrays in memory.
//!
//! Columns are copied into plain arrays when a segment is first loaded: a leaf of the tree is then a
//! slice, and reading it costs a third less than through tantivy's compressed columns.

pub(crate) mod name_table;

use tantivy::SegmentReader;
use tantivy::columnar::Cardinality;
use tantivy::fieldnorm::FieldNormReader;

use crate::collection::{Collection, Tags};
use crate::geo::UnitVector;
use crate::index::error::StoreError;
use crate::index::schema::fields::Fields;
use crate::index::schema::packed_attributes::Traits;
use crate::signals::OwnerOrdinal;

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

/// What the mean rating of a collection is made of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RatingSums {
    pub(crate) weighted: f64,
    pub(crate) reviews: f64,
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
    pub(crate) fn of(columns: &Columns) -> RatingSums {
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

/// Whole columns are unpacked at once, which takes a fraction of the time of a look for each
/// document.
pub(crate) fn read_integers(reader: &SegmentReader, name: &str) -> Result<Vec<u64>, StoreError> {
    let column = reader.fast_fields().u64(name)?;
    if column.get_cardinality() != Cardinality::Full {
        let missing = format!("column {name} has a document without a value");
        return Err(StoreError::Damaged(missing));
    }
    let mut values = vec![0; reader.max_doc() as usize];
    column.values.get_range(0, &mut values);
    Ok(values)
}

pub(crate) fn read_lengths(
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

pub(crate) fn read_floats(reader: &SegmentReader, name: &str) -> Result<Vec<f64>, StoreError> {
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

pub(crate) fn pairs(high: &[u64], low: &[u64]) -> Vec<u128> {
    high.iter()
        .zip(low)
        .map(|(&high, &low)| u128::from(high) << 64 | u128::from(low))
        .collect()
}
