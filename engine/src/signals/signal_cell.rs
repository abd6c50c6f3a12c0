//! The signals of one owner in memory, read as a whole without a lock.
//!
//! A sequence lock: the writer makes the version odd, stores the values, and makes the version even
//! again. A reader that sees an odd version, or another one afterwards, reads again. The orderings
//! are those of Boehm, "Can seqlocks get along with programming language memory models?" (2012).

use std::hint;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering, fence};

use super::Signals;

/// One owner's signals. The alignment keeps a cell within one cache line.
#[derive(Debug)]
#[repr(align(32))]
pub(super) struct SignalCell {
    /// The version, above the flags; odd while a writer stores.
    version_and_flags: AtomicU64,
    /// The total capacity, above the used one.
    capacity: AtomicU64,
    active_at_s: AtomicI64,
}

const HIGH_ACCEPTANCE: u64 = 1;
const FAST_RESPONSE: u64 = 1 << 1;
const AVAILABLE: u64 = 1 << 2;
const FLAGS: u64 = HIGH_ACCEPTANCE | FAST_RESPONSE | AVAILABLE;
const WRITING: u64 = 1 << 3;

impl SignalCell {
    pub(super) fn new(signals: &Signals) -> SignalCell {
        SignalCell {
            version_and_flags: AtomicU64::new(flags(signals)),
            capacity: AtomicU64::new(capacity(signals)),
            active_at_s: AtomicI64::new(signals.active_at_s),
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
        self.capacity.store(capacity(signals), Ordering::Relaxed);
        self.active_at_s
            .store(signals.active_at_s, Ordering::Relaxed);
        let version = (before & !FLAGS).wrapping_add(2 * WRITING);
        self.version_and_flags
            .store(version | flags(signals), Ordering::Release);
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "each half of the word is one number"
    )]
    fn try_load(&self) -> Option<Signals> {
        let before = self.version_and_flags.load(Ordering::Acquire);
        let capacity = self.capacity.load(Ordering::Relaxed);
        let active_at_s = self.active_at_s.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let after = self.version_and_flags.load(Ordering::Relaxed);
        let is_whole = before == after && before & WRITING == 0;
        is_whole.then_some(Signals {
            capacity_total: (capacity >> 32) as u32,
            capacity_used: capacity as u32,
            active_at_s,
            high_acceptance: before & HIGH_ACCEPTANCE != 0,
            fast_response: before & FAST_RESPONSE != 0,
            available: before & AVAILABLE != 0,
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
        let mut before = self.version_and_flags.load(Ordering::Relaxed);
        loop {
            if before & WRITING == 0 {
                let locked = self.version_and_flags.compare_exchange_weak(
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
                before = self.version_and_flags.load(Ordering::Relaxed);
            }
        }
    }
}

fn flags(signals: &Signals) -> u64 {
    let flag = |is_set, flag| if is_set { flag } else { 0 };
    flag(signals.high_acceptance, HIGH_ACCEPTANCE)
        | flag(signals.fast_response, FAST_RESPONSE)
        | flag(signals.available, AVAILABLE)
}

fn capacity(signals: &Signals) -> u64 {
    u64::from(signals.capacity_total) << 32 | u64::from(signals.capacity_used)
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
            capacity_used: !n,
            active_at_s: i64::from(n) - 1_000,
            high_acceptance: n & 1 != 0,
            fast_response: n & 2 != 0,
            available: n & 4 != 0,
        }
    }

    #[test]
    fn signals_of_any_value_read_back_as_stored() {
        let cell = SignalCell::new(&Signals::default());
        assert_eq!(cell.load(), Signals::default());
        for active_at_s in [i64::MIN, -1, 0, 1 << 60, i64::MAX] {
            let signals = Signals {
                active_at_s,
                ..signals(u32::MAX - 2)
            };
            cell.store(&signals);
            assert_eq!(cell.load(), signals);
        }
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
