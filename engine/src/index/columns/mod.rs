//! The columns of a segment, as plain arrays in memory.
//!
//! Loading a segment copies its columns into plain arrays: a leaf of the tree is then a slice, and
//! to read it costs a third less than through tantivy's compressed columns.

pub(crate) mod name_table;

use tantivy::SegmentReader;
use tantivy::columnar::Cardinality;
use tantivy::fieldnorm::FieldNormReader;

use self::name_table::NameTable;
use crate::collection::{Collection, Tags};
use crate::document::Key;
use crate::geo::{LatLng, UnitVector};
use crate::index::error::StoreError;
use crate::index::schema::fields::{Fields, PACKED};
use crate::index::schema::packed_attributes::PackedAttributes;
use crate::signals::{OwnerOrdinal, SignalTable};

/// The columns of one segment, by doc id.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) points: Vec<UnitVector>,
    pub(crate) keys: Vec<u128>,
    pub(crate) owners: Vec<OwnerOrdinal>,
    /// NaN for a document without a price.
    pub(crate) prices: Vec<f64>,
    /// NaN for a document without a rating.
    pub(crate) ratings: Vec<f64>,
    pub(crate) reviews: Vec<u32>,
    pub(crate) tags: Vec<Tags>,
    pub(crate) packed: Vec<PackedAttributes>,
    /// The number of words in the texts without the names of tags, as tantivy's field norm id.
    /// Amenities must not make a document longer.
    pub(crate) lengths: Vec<u8>,
    /// Ordinals of the collection's name table.
    pub(crate) localities: Vec<u32>,
    /// Ordinals of the collection's name table.
    pub(crate) cities: Vec<u32>,
}

/// The sums that give the mean rating of a collection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RatingSums {
    weighted: f64,
    reviews: f64,
}

impl Columns {
    pub(crate) fn load(
        reader: &SegmentReader,
        fields: Fields,
        collection: Collection,
        signals: &SignalTable,
        names: &NameTable,
    ) -> Result<Columns, StoreError> {
        let integers = |name| read_integers(reader, name);
        let keys = pairs(&integers("key_high")?, &integers("key_low")?);
        let owners = pairs(&integers("owner_high")?, &integers("owner_low")?)
            .into_iter()
            .map(|owner| signals.ordinal(Some(Key::from_u128(owner))));
        let (lats, lngs) = (read_floats(reader, "lat")?, read_floats(reader, "lng")?);
        let points = lats
            .iter()
            .zip(&lngs)
            .map(|(&lat, &lng)| LatLng::new(lat, lng).map(UnitVector::from));
        let points: Result<Vec<UnitVector>, _> = points.collect();
        let tags: Vec<Tags> = integers("tags")?.into_iter().map(Tags).collect();
        Ok(Columns {
            lengths: read_lengths(reader, fields, collection, &tags)?,
            points: points.map_err(|error| StoreError::Damaged(error.to_string()))?,
            keys,
            owners: owners.collect(),
            prices: read_floats(reader, "price")?,
            ratings: read_floats(reader, "rating")?,
            reviews: integers("reviews")?
                .into_iter()
                .map(|reviews| u32::try_from(reviews).unwrap_or(u32::MAX))
                .collect(),
            tags,
            packed: integers(PACKED)?
                .into_iter()
                .map(PackedAttributes::unpack)
                .collect(),
            localities: names.read_column(reader, "locality")?,
            cities: names.read_column(reader, "city")?,
        })
    }

    /// The lengths of all documents together, as far as their norms are exact.
    pub(crate) fn words_sum(&self) -> u64 {
        let lengths = self.lengths.iter();
        lengths
            .map(|&length| u64::from(FieldNormReader::id_to_fieldnorm(length)))
            .sum()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        // By name, so that the compiler finds a column that is missing here.
        let Columns {
            points,
            keys,
            owners,
            prices,
            ratings,
            reviews,
            tags,
            packed,
            lengths,
            localities,
            cities,
        } = self;
        size_of_val(&points[..])
            + size_of_val(&keys[..])
            + size_of_val(&owners[..])
            + size_of_val(&prices[..])
            + size_of_val(&ratings[..])
            + size_of_val(&reviews[..])
            + size_of_val(&tags[..])
            + size_of_val(&packed[..])
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

    /// The mean rating over all reviews, 0 without reviews.
    pub(crate) fn mean(self) -> f64 {
        if self.reviews > 0.0 {
            self.weighted / self.reviews
        } else {
            0.0
        }
    }
}

/// A column of integers, one per document. To unpack a whole column at once takes a fraction of the
/// time of one lookup per document.
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

/// A column of floats, with NaN for a document without a value.
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

fn read_lengths(
    reader: &SegmentReader,
    fields: Fields,
    collection: Collection,
    tags: &[Tags],
) -> Result<Vec<u8>, StoreError> {
    let norms = reader.get_fieldnorms_reader(fields.text)?;
    let words_of_tags = collection.tag_words();
    let lengths = (0..).zip(tags).map(|(doc, tags)| {
        let words = words_of_tags.iter().enumerate();
        let words = words.filter(|(at, _)| tags.0 >> at & 1 == 1);
        let words: u32 = words.map(|(_, words)| words).sum();
        FieldNormReader::fieldnorm_to_id(norms.fieldnorm(doc).saturating_sub(words))
    });
    Ok(lengths.collect())
}

fn pairs(high: &[u64], low: &[u64]) -> Vec<u128> {
    high.iter()
        .zip(low)
        .map(|(&high, &low)| u128::from(high) << 64 | u128::from(low))
        .collect()
}
