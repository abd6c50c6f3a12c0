//! Bounds of the values of one attribute, and how they are packed.

use crate::availability::{Date, DateRange};
use crate::schema::Tags;

/// A number that none of some numbers is below, and one that none is above. They are rounded
/// outwards to half the width of a number, so that the bounds of a node fit into fewer cache lines.
/// If none is known the lowest is above the highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct NumberBounds {
    min: f32,
    max: f32,
    pub(crate) are_all_known: bool,
}

/// The tags of some documents.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TagBounds {
    /// The tags that at least one document has.
    pub(crate) any: Tags,
    /// The tags that every document has.
    pub(crate) all: Tags,
}

/// Whether a flag of some documents is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FlagBounds {
    pub(crate) any: bool,
    pub(crate) all: bool,
}

/// The names of some documents, of which each has one. Neighbours mostly share a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameBounds {
    /// There are no documents.
    None,
    /// All documents have this name, by its ordinal.
    One(u32),
    /// The documents have different names.
    Several,
}

/// Bounds of some date ranges. If none is known the lowest values are above the highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DateRangeBounds {
    start: (Date, Date),
    end: (Date, Date),
    day_count: (u32, u32),
    pub(crate) are_all_known: bool,
}

/// The bounds of one attribute of some documents.
pub(super) trait Bounds: Copy {
    const OF_NONE: Self;
    /// The number of words that they take.
    const WORDS: usize;

    fn merge(&mut self, other: Self);

    fn pack(self, words: &mut [u32]);

    fn unpack(words: &[u32]) -> Self;
}

impl NumberBounds {
    pub(super) fn of(number: f64) -> NumberBounds {
        match number.is_nan() {
            true => NumberBounds {
                are_all_known: false,
                ..NumberBounds::OF_NONE
            },
            false => NumberBounds {
                min: round_down(number),
                max: round_up(number),
                are_all_known: true,
            },
        }
    }

    /// No number is below this one; infinite if none is known.
    #[inline]
    pub(crate) fn min(&self) -> f64 {
        f64::from(self.min)
    }

    /// No number is above this one; negatively infinite if none is known.
    #[inline]
    pub(crate) fn max(&self) -> f64 {
        f64::from(self.max)
    }

    /// Whether any number is known.
    #[inline]
    pub(crate) fn is_any_known(&self) -> bool {
        self.min <= self.max
    }
}

impl Bounds for NumberBounds {
    const OF_NONE: NumberBounds = NumberBounds {
        min: f32::INFINITY,
        max: f32::NEG_INFINITY,
        are_all_known: true,
    };
    const WORDS: usize = 2;

    fn merge(&mut self, other: NumberBounds) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.are_all_known &= other.are_all_known;
    }

    fn pack(self, words: &mut [u32]) {
        // The last bit of the minimum is free for whether all are known: the next lower float has
        // the other one, and that of small whole numbers and of infinity is 0.
        let min = match self.min.to_bits() & 1 {
            0 => self.min,
            _ => self.min.next_down(),
        };
        let min = min.to_bits() | u32::from(!self.are_all_known);
        words.copy_from_slice(&[min, self.max.to_bits()]);
    }

    #[inline]
    fn unpack(words: &[u32]) -> NumberBounds {
        NumberBounds {
            min: f32::from_bits(words[0] & !1),
            max: f32::from_bits(words[1]),
            are_all_known: words[0] & 1 == 0,
        }
    }
}

impl DateRangeBounds {
    pub(super) fn of(range: Option<DateRange>) -> DateRangeBounds {
        match range {
            None => DateRangeBounds {
                are_all_known: false,
                ..DateRangeBounds::OF_NONE
            },
            Some(range) => DateRangeBounds {
                start: (range.start(), range.start()),
                end: (range.end(), range.end()),
                day_count: (range.day_count(), range.day_count()),
                are_all_known: true,
            },
        }
    }

    /// The days that every range lies within; `None` if no range is known.
    pub(crate) fn hull(&self) -> Option<DateRange> {
        DateRange::new(self.start.0, self.end.1).ok()
    }

    /// Days that every known range contains.
    pub(crate) fn common(&self) -> Option<DateRange> {
        DateRange::new(self.start.1, self.end.0).ok()
    }

    /// The fewest and the most days of a range.
    pub(crate) fn day_count(&self) -> (u32, u32) {
        self.day_count
    }
}

impl Bounds for DateRangeBounds {
    const OF_NONE: DateRangeBounds = DateRangeBounds {
        start: (Date::MAX, Date::MIN),
        end: (Date::MAX, Date::MIN),
        day_count: (u32::MAX, 0),
        are_all_known: true,
    };
    const WORDS: usize = 7;

    fn merge(&mut self, other: DateRangeBounds) {
        let merge = |(min, max): &mut (Date, Date), other: (Date, Date)| {
            *min = other.0.min(*min);
            *max = other.1.max(*max);
        };
        merge(&mut self.start, other.start);
        merge(&mut self.end, other.end);
        self.day_count.0 = self.day_count.0.min(other.day_count.0);
        self.day_count.1 = self.day_count.1.max(other.day_count.1);
        self.are_all_known &= other.are_all_known;
    }

    fn pack(self, words: &mut [u32]) {
        let bits = |date: Date| date.days().cast_unsigned();
        words.copy_from_slice(&[
            bits(self.start.0),
            bits(self.start.1),
            bits(self.end.0),
            bits(self.end.1),
            self.day_count.0,
            self.day_count.1,
            u32::from(self.are_all_known),
        ]);
    }

    #[inline]
    fn unpack(words: &[u32]) -> DateRangeBounds {
        let date = |at: usize| Date::of_days(words[at].cast_signed());
        DateRangeBounds {
            start: (date(0), date(1)),
            end: (date(2), date(3)),
            day_count: (words[4], words[5]),
            are_all_known: words[6] != 0,
        }
    }
}

impl Bounds for u64 {
    const OF_NONE: u64 = 0;
    const WORDS: usize = 2;

    fn merge(&mut self, other: u64) {
        *self |= other;
    }

    fn pack(self, words: &mut [u32]) {
        words.copy_from_slice(&halves(self));
    }

    #[inline]
    fn unpack(words: &[u32]) -> u64 {
        whole(words[0], words[1])
    }
}

impl Bounds for TagBounds {
    const OF_NONE: TagBounds = TagBounds {
        any: Tags(0),
        all: Tags(u64::MAX),
    };
    const WORDS: usize = 4;

    fn merge(&mut self, other: TagBounds) {
        self.any = self.any.with(other.any);
        self.all = self.all.intersection(other.all);
    }

    fn pack(self, words: &mut [u32]) {
        words[..2].copy_from_slice(&halves(self.any.0));
        words[2..].copy_from_slice(&halves(self.all.0));
    }

    #[inline]
    fn unpack(words: &[u32]) -> TagBounds {
        TagBounds {
            any: Tags(whole(words[0], words[1])),
            all: Tags(whole(words[2], words[3])),
        }
    }
}

impl Bounds for FlagBounds {
    const OF_NONE: FlagBounds = FlagBounds {
        any: false,
        all: true,
    };
    const WORDS: usize = 1;

    fn merge(&mut self, other: FlagBounds) {
        self.any |= other.any;
        self.all &= other.all;
    }

    fn pack(self, words: &mut [u32]) {
        words[0] = u32::from(self.any) | u32::from(self.all) << 1;
    }

    #[inline]
    fn unpack(words: &[u32]) -> FlagBounds {
        FlagBounds {
            any: words[0] & 1 != 0,
            all: words[0] & 2 != 0,
        }
    }
}

impl Bounds for NameBounds {
    const OF_NONE: NameBounds = NameBounds::None;
    const WORDS: usize = 1;

    fn merge(&mut self, other: NameBounds) {
        *self = match (*self, other) {
            (NameBounds::None, names) | (names, NameBounds::None) => names,
            (names, other) if names == other => names,
            _ => NameBounds::Several,
        };
    }

    fn pack(self, words: &mut [u32]) {
        words[0] = match self {
            NameBounds::None => NO_NAME,
            NameBounds::One(name) => name,
            NameBounds::Several => SEVERAL_NAMES,
        };
    }

    #[inline]
    fn unpack(words: &[u32]) -> NameBounds {
        match words[0] {
            NO_NAME => NameBounds::None,
            SEVERAL_NAMES => NameBounds::Several,
            name => NameBounds::One(name),
        }
    }
}

/// Packed name bounds that are no ordinal. A segment has fewer documents, and so fewer names.
const NO_NAME: u32 = u32::MAX;
const SEVERAL_NAMES: u32 = u32::MAX - 1;

/// The largest float of half the width that is not above a number.
fn round_down(number: f64) -> f32 {
    let rounded = number as f32;
    match f64::from(rounded) > number {
        true => rounded.next_down(),
        false => rounded,
    }
}

/// The smallest float of half the width that is not below a number.
fn round_up(number: f64) -> f32 {
    let rounded = number as f32;
    match f64::from(rounded) < number {
        true => rounded.next_up(),
        false => rounded,
    }
}

fn halves(whole: u64) -> [u32; 2] {
    [(whole >> 32) as u32, whole as u32]
}

#[inline]
fn whole(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repacked<B: Bounds>(bounds: B) -> B {
        let mut words = vec![0; B::WORDS];
        bounds.pack(&mut words);
        B::unpack(&words)
    }

    #[test]
    fn packed_bounds_of_numbers_tell_whether_all_are_known() {
        for number in [0.0, -1.0, 850.0, 0.1, 19.99, 1e300, -1e300, f64::NAN] {
            let mut bounds = NumberBounds::of(number);
            bounds.merge(NumberBounds::of(f64::NAN));
            let packed = repacked(bounds);
            assert!(!packed.are_all_known, "{number}");
            assert_eq!(packed.is_any_known(), !number.is_nan());
            assert!(number.is_nan() || packed.min() <= number && number <= packed.max());
        }
        assert_eq!(repacked(NumberBounds::OF_NONE), NumberBounds::OF_NONE);
        assert!(!repacked(NumberBounds::OF_NONE).is_any_known());
    }

    #[test]
    fn bounds_of_names_read_back_as_packed() {
        for names in [
            NameBounds::None,
            NameBounds::One(0),
            NameBounds::One(7),
            NameBounds::Several,
        ] {
            assert_eq!(repacked(names), names);
        }
    }

    #[test]
    fn bounds_of_numbers_are_rounded_outwards() {
        let numbers = [
            0.0,
            -0.1,
            0.1,
            19.99,
            16_777_217.0,
            -1e300,
            1e300,
            1e-300,
            -1e-300,
        ];
        for number in numbers {
            let bounds = repacked(NumberBounds::of(number));
            assert!(bounds.are_all_known);
            assert!(bounds.min() <= number && number <= bounds.max());
            assert!(bounds.is_any_known());
        }
        let exact = repacked(NumberBounds::of(12_345.0));
        assert_eq!((exact.min(), exact.max()), (12_345.0, 12_345.0));
    }
}
