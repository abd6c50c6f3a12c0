//! Reads the columns of a segment at once, which takes a fraction of the time of one lookup per
//! document.

use tantivy::SegmentReader;
use tantivy::columnar::{Cardinality, Column};

use crate::index::error::StoreError;

/// A column of integers, one per document.
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

/// A column of integers, with `missing` for a document without a value.
pub(super) fn read_integers_or(
    reader: &SegmentReader,
    name: &str,
    missing: u64,
) -> Result<Vec<u64>, StoreError> {
    Ok(read_or(reader, &reader.fast_fields().u64(name)?, missing))
}

/// A column of floats, with NaN for a document without a value.
pub(super) fn read_floats(reader: &SegmentReader, name: &str) -> Result<Vec<f64>, StoreError> {
    Ok(read_or(reader, &reader.fast_fields().f64(name)?, f64::NAN))
}

/// The integers whose high and low halves these are.
pub(super) fn pairs(high: &[u64], low: &[u64]) -> Vec<u128> {
    high.iter()
        .zip(low)
        .map(|(&high, &low)| u128::from(high) << 64 | u128::from(low))
        .collect()
}

fn read_or<T>(reader: &SegmentReader, column: &Column<T>, missing: T) -> Vec<T>
where
    T: Copy + PartialOrd + std::fmt::Debug + Send + Sync + 'static,
{
    let mut known = vec![missing; column.values.num_vals() as usize];
    column.values.get_range(0, &mut known);
    if column.get_cardinality() == Cardinality::Full {
        return known;
    }
    let mut docs: Vec<u32> = (0..column.values.num_vals()).collect();
    column.index.select_batch_in_place(0, &mut docs);
    let mut values = vec![missing; reader.max_doc() as usize];
    for (doc, value) in docs.into_iter().zip(known) {
        values[doc as usize] = value;
    }
    values
}
