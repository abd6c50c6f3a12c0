//! The columns of a segment, as plain arrays in memory.
//!
//! Loading a segment copies its columns into plain arrays: a leaf of the tree is then a slice, and
//! to read it costs a third less than through tantivy's compressed columns.

pub(crate) mod name_table;
pub(crate) mod number_column;
mod rating_sums;
mod read;

use tantivy::SegmentReader;
use tantivy::fieldnorm::FieldNormReader;

use self::name_table::NameTable;
use self::number_column::NumberColumn;
pub(crate) use self::rating_sums::RatingSums;
pub(crate) use self::read::read_integers;
use self::read::{pairs, read_floats, read_integers_or};
use crate::availability::DateRange;
use crate::geo::{ChordSquared, LatLng, Radius, UnitVector};
use crate::index::encoding::fields::{Fields, column_name, decode_date_range};
use crate::index::error::StoreError;
use crate::schema::{Category, Collection, FieldKind, Key, Tags};
use crate::signals::{OwnerOrdinal, SignalTable};

/// The columns of one segment, by doc id. The columns of each kind of field are in the order of the
/// schema.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) points: Vec<UnitVector>,
    pub(crate) keys: Vec<u128>,
    pub(crate) owners: Vec<OwnerOrdinal>,
    /// Of every field with a number.
    pub(crate) numbers: Vec<NumberColumn>,
    /// The chords of the reaches, with [`NO_REACH`] for a document without one.
    pub(crate) reaches: Vec<Vec<ChordSquared>>,
    pub(crate) date_ranges: Vec<Vec<Option<DateRange>>>,
    pub(crate) categories: Vec<Vec<Category>>,
    pub(crate) tags: Vec<Vec<Tags>>,
    pub(crate) flags: Vec<Vec<bool>>,
    /// Ordinals of the collection's name table.
    pub(crate) names: Vec<Vec<u32>>,
    /// The number of words in the texts without the names of tags, as tantivy's field norm id.
    /// Tags must not make a document longer.
    pub(crate) lengths: Vec<u8>,
    /// The index of the visibility field among the categories.
    visibility: Option<usize>,
    rating: Option<RatingColumns>,
    /// The indexes of localities and cities among the names.
    place_names: Option<(Option<usize>, usize)>,
}

/// The columns of a mean rating.
#[derive(Clone, Copy, Debug)]
struct RatingColumns {
    mean: usize,
    count: usize,
}

impl Columns {
    pub(crate) fn load(
        reader: &SegmentReader,
        fields: &Fields,
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
        let rating = collection.rating().and_then(|rating| {
            Some(RatingColumns {
                mean: collection.number_index(rating.mean)?,
                count: collection.number_index(rating.count)?,
            })
        });
        let place_names = collection.place_names().and_then(|places| {
            let index = |field| collection.name_index(field);
            Some((places.locality.and_then(index), index(places.city)?))
        });
        let mut columns = Columns {
            points: points.map_err(|error| StoreError::Damaged(error.to_string()))?,
            keys,
            owners: owners.collect(),
            numbers: Vec::new(),
            reaches: Vec::new(),
            date_ranges: Vec::new(),
            categories: Vec::new(),
            tags: Vec::new(),
            flags: Vec::new(),
            names: Vec::new(),
            lengths: Vec::new(),
            visibility: collection
                .visibility()
                .and_then(|field| collection.category_index(field)),
            rating,
            place_names,
        };
        columns.read_fields(reader, collection, names)?;
        columns.lengths = columns.read_lengths(reader, fields, collection)?;
        Ok(columns)
    }

    /// Whether a document has the first category of the visibility field.
    pub(crate) fn is_listed(&self, doc: usize) -> bool {
        let visibility = self.visibility;
        visibility.is_none_or(|at| self.categories[at][doc] == Category::FIRST)
    }

    /// The mean rating of a document.
    pub(crate) fn rating(&self, doc: usize) -> Option<f64> {
        let column = &self.numbers[self.rating?.mean];
        Some(column.get(doc)).filter(|rating| !rating.is_nan())
    }

    /// The number of ratings of a document.
    pub(crate) fn rating_count(&self, doc: usize) -> f64 {
        // The maximum of NaN and a number is the number.
        self.rating
            .map_or(0.0, |rating| self.numbers[rating.count].get(doc).max(0.0))
    }

    /// The name ordinals of the locality and of the city of a document.
    pub(crate) fn place_names(&self, doc: usize) -> Option<(u32, u32)> {
        let (locality, city) = self.place_names?;
        let locality = locality.map_or(NameTable::NONE, |names| self.names[names][doc]);
        Some((locality, self.names[city][doc]))
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
            numbers,
            reaches,
            date_ranges,
            categories,
            tags,
            flags,
            names,
            lengths,
            visibility: _,
            rating: _,
            place_names: _,
        } = self;
        size_of_val(&points[..])
            + size_of_val(&keys[..])
            + size_of_val(&owners[..])
            + numbers
                .iter()
                .map(NumberColumn::memory_bytes)
                .sum::<usize>()
            + size_of_all(reaches)
            + size_of_all(date_ranges)
            + size_of_all(categories)
            + size_of_all(tags)
            + size_of_all(flags)
            + size_of_all(names)
            + size_of_val(&lengths[..])
    }

    fn read_fields(
        &mut self,
        reader: &SegmentReader,
        collection: Collection,
        names: &NameTable,
    ) -> Result<(), StoreError> {
        for field in collection.fields() {
            let name = column_name(field);
            match field.kind() {
                FieldKind::Text | FieldKind::Texts => {}
                FieldKind::Name => self.names.push(names.read_column(reader, &name)?),
                FieldKind::Number => {
                    let numbers = read_floats(reader, &name)?;
                    self.numbers.push(NumberColumn::of(numbers));
                }
                FieldKind::Reach => {
                    let reaches = read_floats(reader, &name)?;
                    let chords = reaches.iter().map(|&reach_m| chord_of_reach(reach_m));
                    self.reaches.push(chords.collect());
                    self.numbers.push(NumberColumn::of(reaches));
                }
                FieldKind::DateRange => {
                    let encoded = read_integers_or(reader, &name, 0)?.into_iter();
                    let ranges: Vec<Option<DateRange>> = encoded.map(decode_date_range).collect();
                    let first_day = |range: &Option<DateRange>| {
                        range.map_or(f64::NAN, |range| f64::from(range.start().days()))
                    };
                    let first_days = ranges.iter().map(first_day).collect();
                    self.numbers.push(NumberColumn::of(first_days));
                    self.date_ranges.push(ranges);
                }
                FieldKind::Category(_) => {
                    let none = u64::from(Category::NONE.0);
                    let categories = read_integers_or(reader, &name, none)?.into_iter();
                    let category = |it| Category(u8::try_from(it).unwrap_or(Category::NONE.0));
                    self.categories.push(categories.map(category).collect());
                }
                FieldKind::Tags(_) => {
                    let tags = read_integers_or(reader, &name, 0)?.into_iter();
                    self.tags.push(tags.map(Tags).collect());
                }
                FieldKind::Flag => {
                    let flags = read_integers_or(reader, &name, 0)?.into_iter();
                    self.flags.push(flags.map(|flag| flag != 0).collect());
                }
            }
        }
        Ok(())
    }

    fn read_lengths(
        &self,
        reader: &SegmentReader,
        fields: &Fields,
        collection: Collection,
    ) -> Result<Vec<u8>, StoreError> {
        let norms = reader.get_fieldnorms_reader(fields.text)?;
        let tag_fields = collection.fields_by_id().filter_map(|(id, _)| {
            let tags = &self.tags[collection.tags_index(id)?];
            Some((tags, collection.tag_words(id)))
        });
        let tag_fields: Vec<(&Vec<Tags>, Vec<u32>)> = tag_fields.collect();
        let lengths = (0..self.keys.len()).zip(0..).map(|(at, doc)| {
            let words_of_tags = tag_fields.iter().map(|(tags, words)| {
                let words = words.iter().enumerate();
                let words = words.filter(|(tag, _)| tags[at].has(*tag));
                words.map(|(_, words)| words).sum::<u32>()
            });
            let words: u32 = words_of_tags.sum();
            FieldNormReader::fieldnorm_to_id(norms.fieldnorm(doc).saturating_sub(words))
        });
        Ok(lengths.collect())
    }
}

/// The chord of a document without a reach, which no place is beyond.
pub(crate) const NO_REACH: ChordSquared = ChordSquared::ANTIPODE;

/// No place is within a reach that is not a valid radius.
fn chord_of_reach(reach_m: f64) -> ChordSquared {
    if reach_m.is_nan() {
        return NO_REACH;
    }
    Radius::new(reach_m).map_or(ChordSquared(-1.0), ChordSquared::across)
}

fn size_of_all<T>(columns: &[Vec<T>]) -> usize {
    columns.iter().map(|column| size_of_val(&column[..])).sum()
}
