//! A column of numbers, in the smallest array that keeps them exactly.
//!
//! A search reads numbers at places that are in no cache, so most of what a read costs is a cache
//! miss. Prices, counts and floors are mostly small whole numbers, of which a cache line has four
//! times as many.

use crate::index::bits::retain;

/// The numbers of all documents of a segment.
#[derive(Debug)]
pub(crate) enum NumberColumn {
    /// Whole numbers below [`UNKNOWN`].
    Small(Box<[u16]>),
    /// Any numbers, with NaN for an unknown one.
    Any(Box<[f64]>),
}

/// The numbers between two, both included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberRange {
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// The ends among small numbers, computed once for all leaves.
    small: (u16, u16),
}

impl NumberRange {
    pub(crate) fn new(min: f64, max: f64) -> NumberRange {
        NumberRange {
            min,
            max,
            small: small_ends(min, max),
        }
    }
}

/// Stands for an unknown number among small ones.
const UNKNOWN: u16 = u16::MAX;

impl NumberColumn {
    /// The column of some numbers, with NaN for an unknown one.
    pub(super) fn of(numbers: Vec<f64>) -> NumberColumn {
        match numbers.iter().map(|&number| small(number)).collect() {
            Some(small) => NumberColumn::Small(small),
            None => NumberColumn::Any(numbers.into_boxed_slice()),
        }
    }

    /// The number of a document; NaN if it is unknown.
    #[inline]
    pub(crate) fn get(&self, doc: usize) -> f64 {
        match self {
            NumberColumn::Small(numbers) => match numbers[doc] {
                UNKNOWN => f64::NAN,
                number => f64::from(number),
            },
            NumberColumn::Any(numbers) => numbers[doc],
        }
    }

    /// Which of up to 64 documents have a number in a range. Each bit stands for the document at
    /// its position after `first`.
    #[inline]
    pub(crate) fn retain_within(&self, range: &NumberRange, first: u32, docs: u64) -> u64 {
        match self {
            NumberColumn::Small(numbers) => {
                let (min, max) = range.small;
                retain(docs, first, |doc| {
                    min <= numbers[doc] && numbers[doc] <= max
                })
            }
            // A comparison with the NaN of an unknown number is false.
            NumberColumn::Any(numbers) => retain(docs, first, |doc| {
                range.min <= numbers[doc] && numbers[doc] <= range.max
            }),
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        match self {
            NumberColumn::Small(numbers) => size_of_val(&numbers[..]),
            NumberColumn::Any(numbers) => size_of_val(&numbers[..]),
        }
    }
}

/// The number as a small one that reads back to the last bit; `None` if there is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number that changes is not small"
)]
fn small(number: f64) -> Option<u16> {
    if number.is_nan() {
        return Some(UNKNOWN);
    }
    let small = number as u16;
    let is_same = f64::from(small).to_bits() == number.to_bits();
    (is_same && small != UNKNOWN).then_some(small)
}

/// The first and the last of the small numbers between two; the first is above the last if there
/// are none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both ends are clamped to the range before"
)]
fn small_ends(min: f64, max: f64) -> (u16, u16) {
    let last = f64::from(UNKNOWN - 1);
    // A NaN compares with nothing, so it is an end of no numbers.
    match min <= max && min <= last && max >= 0.0 {
        true => (min.ceil().max(0.0) as u16, max.floor().min(last) as u16),
        false => (1, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_to_the_last_bit_whatever_array_they_are_in() {
        let small = [0.0, 1.0, 850.0, 65_534.0, f64::NAN];
        let columns = [
            (small.to_vec(), true),
            (vec![0.5], false),
            (vec![-0.0], false),
            (vec![-1.0], false),
            (vec![65_535.0], false),
            (vec![1e300, f64::NAN], false),
        ];
        for (numbers, is_small) in columns {
            let column = NumberColumn::of(numbers.clone());
            assert_eq!(matches!(column, NumberColumn::Small(_)), is_small);
            for (doc, number) in numbers.into_iter().enumerate() {
                assert_eq!(column.get(doc).to_bits(), number.to_bits());
            }
        }
    }

    #[test]
    fn small_numbers_lie_between_the_same_ends_as_any_numbers() {
        let numbers = vec![0.0, 1.0, 2.0, 7.0, 65_534.0, f64::NAN];
        let any = NumberColumn::Any(numbers.clone().into_boxed_slice());
        let small = NumberColumn::of(numbers);
        let ends = [
            f64::NEG_INFINITY,
            -1.0,
            -0.0,
            0.0,
            0.5,
            1.0,
            1.5,
            2.0,
            6.999,
            65_534.0,
            65_534.5,
            65_535.0,
            f64::INFINITY,
            f64::NAN,
        ];
        for min in ends {
            for max in ends {
                let [expected, found] = [&any, &small]
                    .map(|column| column.retain_within(&NumberRange::new(min, max), 0, 0b11_1111));
                assert_eq!(found, expected, "{min} to {max}");
            }
        }
    }
}
