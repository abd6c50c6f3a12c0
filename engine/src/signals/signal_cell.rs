//! The signals of one owner in memory, read as a whole without a lock.
//!
//! A sequence lock: the writer makes the version odd, stores the values, and makes the version even
//! again. A reader that sees an odd version, or another one afterwards, reads again. The orderings
//! are those of Boehm, "Can seqlocks get along with programming language memory models?" (2012).

use std::hint;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use super::{NEVER_S, Signals};

/// One owner's signals in 16 bytes: searches read them at random places, so most of what a read
/// costs is a cache miss, and half the size is half of these.
#[derive(Debug)]
#[repr(align(16))]
pub(super) struct SignalCell {
    /// The total capacity, below it the used one, and the version, which is odd while a writer
    /// stores. A reader would have to pause for a multiple of 32,768 writes of the same capacity to
    /// take one version for another.
    capacity_and_version: AtomicU64,
    /// The last activity, above the flags.
    activity_and_flags: AtomicU64,
}

const CAPACITY_BITS: u32 = 24;
const VERSION_BITS: u32 = 16;
const VERSION: u64 = (1 << VERSION_BITS) - 1;
/// The bit of the version that is set while a writer stores.
const WRITING: u64 = 1;

const FLAG_BITS: u32 = 3;
const HIGH_ACCEPTANCE: u64 = 1;
const FAST_RESPONSE: u64 = 1 << 1;
const AVAILABLE: u64 = 1 << 2;

impl SignalCell {
    pub(super) fn new(signals: &Signals) -> SignalCell {
        SignalCell {
            capacity_and_version: AtomicU64::new(capacity(signals)),
            activity_and_flags: AtomicU64::new(activity_and_flags(signals)),
        }
    }

    /// The signals that the last writer stored, never parts of two.
    #[inline]
    pub(super) fn load(&self) -> Signals {
        match self.try_load() {
            Some(signals) => signals,
            None => self.load_again(),
        }
    }

    /// Readers go on; another writer waits.
    pub(super) fn store(&self, signals: &Signals) {
        let before = self.lock();
        // Readers that see a value of below also see the odd version.
        fence(Ordering::Release);
        let activity_and_flags = activity_and_flags(signals);
        self.activity_and_flags
            .store(activity_and_flags, Ordering::Relaxed);
        let version = (before + 2 * WRITING) & VERSION;
        self.capacity_and_version
            .store(capacity(signals) | version, Ordering::Release);
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "each field is cut out before"
    )]
    fn try_load(&self) -> Option<Signals> {
        let before = self.capacity_and_version.load(Ordering::Acquire);
        let activity_and_flags = self.activity_and_flags.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let after = self.capacity_and_version.load(Ordering::Relaxed);
        let is_whole = before == after && before & WRITING == 0;
        is_whole.then_some(Signals {
            capacity_total: (before >> (CAPACITY_BITS + VERSION_BITS)) as u32,
            capacity_used: (before >> VERSION_BITS) as u32 & Signals::CAPACITY_MAX,
            active_at_s: activity_and_flags.cast_signed() >> FLAG_BITS,
            high_acceptance: activity_and_flags & HIGH_ACCEPTANCE != 0,
            fast_response: activity_and_flags & FAST_RESPONSE != 0,
            available: activity_and_flags & AVAILABLE != 0,
        })
    }

    #[cold]
    fn load_again(&self) -> Signals {
        loop {
            hint::spin_loop();
            if let Some(signals) = self.try_load() {
                return signals;
            }
        }
    }

    /// Makes the version odd; returns what it was.
    fn lock(&self) -> u64 {
        let mut before = self.capacity_and_version.load(Ordering::Relaxed);
        loop {
            if before & WRITING == 0 {
                let locked = self.capacity_and_version.compare_exchange_weak(
                    before,
                    before | WRITING,
                    Ordering::Acquire,
                    Ordering::Relaxed,
                );
                match locked {
                    Ok(_) => return before,
                    Err(now) => before = now,
                }
            } else {
                hint::spin_loop();
                before = self.capacity_and_version.load(Ordering::Relaxed);
            }
        }
    }
}

fn activity_and_flags(signals: &Signals) -> u64 {
    let flag = |is_set, flag| if is_set { flag } else { 0 };
    let active_at_s = signals.active_at_s.clamp(NEVER_S, -NEVER_S - 1);
    (active_at_s << FLAG_BITS).cast_unsigned()
        | flag(signals.high_acceptance, HIGH_ACCEPTANCE)
        | flag(signals.fast_response, FAST_RESPONSE)
        | flag(signals.available, AVAILABLE)
}

/// The capacity, above an even version.
fn capacity(signals: &Signals) -> u64 {
    let bits = |capacity: u32| u64::from(capacity.min(Signals::CAPACITY_MAX));
    (bits(signals.capacity_total) << CAPACITY_BITS | bits(signals.capacity_used)) << VERSION_BITS
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use super::*;

    /// Every part of these signals follows from `n`.
    fn signals(n: u32) -> Signals {
        Signals {
            capacity_total: n,
            capacity_used: !n & Signals::CAPACITY_MAX,
            active_at_s: i64::from(n) - 1_000,
            high_acceptance: n & 1 != 0,
            fast_response: n & 2 != 0,
            available: n & 4 != 0,
        }
    }

    #[test]
    fn signals_read_back_as_stored_and_extreme_ones_as_the_closest_that_fit() {
        let cell = SignalCell::new(&Signals::default());
        assert_eq!(cell.load(), Signals::default());
        for (active_at_s, expected) in [
            (i64::MIN, NEVER_S),
            (-1, -1),
            (0, 0),
            (1_795_262_734, 1_795_262_734),
            (i64::MAX, -NEVER_S - 1),
        ] {
            let signals = signals(Signals::CAPACITY_MAX - 2);
            cell.store(&Signals {
                active_at_s,
                ..signals
            });
            let active_at_s = expected;
            assert_eq!(
                cell.load(),
                Signals {
                    active_at_s,
                    ..signals
                }
            );
        }
        let signals = Signals {
            capacity_total: u32::MAX,
            ..signals(7)
        };
        cell.store(&signals);
        assert_eq!(cell.load().capacity_total, Signals::CAPACITY_MAX);
        assert_eq!(cell.load().capacity_used, signals.capacity_used);
    }

    #[test]
    fn readers_never_see_parts_of_two_writes() {
        const WRITES: u32 = 2_000_000;
        let cell = SignalCell::new(&signals(0));
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            // The first word that a reader sees of a write is another one in each direction.
            for first in [0, WRITES] {
                let (cell, is_done) = (&cell, &is_done);
                scope.spawn(move || {
                    (first..first + WRITES).for_each(|n| cell.store(&signals(n)));
                    is_done.store(true, Ordering::Release);
                });
            }
            let mut reads = 0u64;
            while !is_done.load(Ordering::Acquire) || reads < 10_000 {
                let read = cell.load();
                assert_eq!(read, signals(read.capacity_total), "read {reads} is torn");
                reads += 1;
            }
        });
        let last = cell.load();
        assert_eq!(last, signals(last.capacity_total));
    }
}
