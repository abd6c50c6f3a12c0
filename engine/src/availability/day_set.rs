//! Sets of days, one bit each, in a ring of days.

use std::sync::atomic::{AtomicU64, Ordering};

use super::date::Date;
use super::date_range::DateRange;

/// The days that a set can tell apart: day `n` has the bit `n` modulo this.
pub(crate) const RING_DAYS: i32 = 512;

const WORDS: usize = (RING_DAYS / 64) as usize;

/// A set of days within a window that is no longer than the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DaySet([u64; WORDS]);

/// A set of days that changes while searches read it.
#[derive(Debug)]
pub(crate) struct AtomicDaySet([AtomicU64; WORDS]);

impl DaySet {
    pub(crate) const EMPTY: DaySet = DaySet([0; WORDS]);
    pub(crate) const ALL: DaySet = DaySet([u64::MAX; WORDS]);

    pub(crate) fn of(range: &DateRange) -> DaySet {
        let mut set = DaySet::EMPTY;
        for day in range.days() {
            let (word, bit) = bit(day);
            set.0[word] |= bit;
        }
        set
    }

    fn contains(&self, day: i32) -> bool {
        let (word, bit) = bit(day);
        self.0[word] & bit != 0
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == DaySet::EMPTY
    }

    pub(crate) fn union(&self, other: &DaySet) -> DaySet {
        DaySet(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    pub(crate) fn difference(&self, other: &DaySet) -> DaySet {
        DaySet(std::array::from_fn(|at| self.0[at] & !other.0[at]))
    }

    pub(crate) fn intersection(&self, other: &DaySet) -> DaySet {
        DaySet(std::array::from_fn(|at| self.0[at] & other.0[at]))
    }

    /// The days of a window, which is no longer than the ring, as the fewest ranges.
    pub(crate) fn ranges_within(&self, window: &DateRange) -> Vec<DateRange> {
        let mut ranges: Vec<DateRange> = Vec::new();
        let days = window.days().filter(|&day| self.contains(day));
        for day in days.map(Date::of_days) {
            let last = ranges.pop_if(|last| last.end() == day);
            let start = last.map_or(day, |last| last.start());
            ranges.extend(DateRange::new(start, day.plus_days(1)));
        }
        ranges
    }
}

impl AtomicDaySet {
    pub(crate) fn of(days: &DaySet) -> AtomicDaySet {
        AtomicDaySet(days.0.map(AtomicU64::new))
    }

    pub(crate) fn load(&self) -> DaySet {
        DaySet(std::array::from_fn(|at| self.0[at].load(Ordering::Acquire)))
    }

    pub(crate) fn store(&self, days: &DaySet) {
        for (word, &days) in self.0.iter().zip(&days.0) {
            // Most words stay the same, and readers are faster on a cache line without a write.
            if word.load(Ordering::Relaxed) != days {
                word.store(days, Ordering::Release);
            }
        }
    }

    /// Whether the sets have a day in common.
    pub(crate) fn intersects(&self, days: &DaySet) -> bool {
        let mut words = self.0.iter().zip(&days.0);
        words.any(|(word, &days)| days != 0 && word.load(Ordering::Acquire) & days != 0)
    }
}

/// The word of a day in the ring, and its bit there.
fn bit(day: i32) -> (usize, u64) {
    let at = day.rem_euclid(RING_DAYS).unsigned_abs() as usize;
    (at / 64, 1 << (at % 64))
}
