//! Sets of nights, one bit each, in a ring of days.

use std::sync::atomic::{AtomicU64, Ordering};

use super::date::Date;
use super::stay::Stay;

/// The nights that a set can tell apart: night `n` has the bit `n` modulo this.
pub(super) const RING_NIGHTS: i32 = 512;

const WORDS: usize = (RING_NIGHTS / 64) as usize;

/// A set of nights within a window that is no longer than the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NightSet([u64; WORDS]);

/// A set of nights that changes while searches read it.
#[derive(Debug, Default)]
pub(crate) struct AtomicNightSet([AtomicU64; WORDS]);

impl NightSet {
    pub(crate) const EMPTY: NightSet = NightSet([0; WORDS]);
    pub(crate) const ALL: NightSet = NightSet([u64::MAX; WORDS]);

    pub(super) fn of(stay: &Stay) -> NightSet {
        let mut set = NightSet::EMPTY;
        for day in stay.days() {
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
        *self == NightSet::EMPTY
    }

    pub(crate) fn union(&self, other: &NightSet) -> NightSet {
        NightSet(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    pub(crate) fn difference(&self, other: &NightSet) -> NightSet {
        NightSet(std::array::from_fn(|at| self.0[at] & !other.0[at]))
    }

    pub(crate) fn intersection(&self, other: &NightSet) -> NightSet {
        NightSet(std::array::from_fn(|at| self.0[at] & other.0[at]))
    }

    /// The nights of a window, which is no longer than the ring, as the fewest stays.
    pub(super) fn stays_within(&self, window: &Stay) -> Vec<Stay> {
        let mut stays: Vec<Stay> = Vec::new();
        let nights = window.days().filter(|&day| self.contains(day));
        for night in nights.map(Date::of_days) {
            let last = stays.pop_if(|last| last.check_out() == night);
            let check_in = last.map_or(night, |last| last.check_in());
            stays.extend(Stay::new(check_in, night.plus_days(1)));
        }
        stays
    }
}

impl AtomicNightSet {
    pub(crate) fn load(&self) -> NightSet {
        NightSet(std::array::from_fn(|at| self.0[at].load(Ordering::Acquire)))
    }

    pub(crate) fn store(&self, nights: &NightSet) {
        for (word, &nights) in self.0.iter().zip(&nights.0) {
            // Most words stay the same, and readers are faster on a cache line without a write.
            if word.load(Ordering::Relaxed) != nights {
                word.store(nights, Ordering::Release);
            }
        }
    }

    /// Whether the sets have a night in common.
    pub(crate) fn intersects(&self, nights: &NightSet) -> bool {
        let mut words = self.0.iter().zip(&nights.0);
        words.any(|(word, &nights)| nights != 0 && word.load(Ordering::Acquire) & nights != 0)
    }
}

/// The word of a night in the ring, and its bit there.
fn bit(day: i32) -> (usize, u64) {
    let at = day.rem_euclid(RING_NIGHTS).unsigned_abs() as usize;
    (at / 64, 1 << (at % 64))
}
