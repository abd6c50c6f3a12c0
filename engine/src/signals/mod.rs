//! Signals: values of owners and documents that change without a commit, kept in memory and read
//! without a lock.
//!
//! Signals change all day while texts and places seldom do, so they are not part of documents: the
//! next search sees a change, and a change costs no commit. Owners have those of [`Signals`], and
//! documents those that their schema declares.

mod document;
mod signal_cell;
mod table;

use serde::{Deserialize, Serialize};

pub(crate) use document::{
    AtomicCell, DayTable, Days, DocumentSignals, DocumentTable, Numbers, Row, Signal,
};
pub use document::{BusyDays, NumberChange};
pub(crate) use table::{OwnerOrdinal, SignalTable, SignalView};

/// The signals of an owner.
///
/// ```
/// use roost_engine::Signals;
/// let signals = Signals { capacity_total: 4, capacity_used: 1, ..Signals::default() };
/// assert_eq!(signals.capacity(), 0.75);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signals {
    /// Contracts that the owner can have at once. The index keeps up to [`Signals::CAPACITY_MAX`].
    pub capacity_total: u32,
    /// Contracts in use, up to the same number.
    pub capacity_used: u32,
    /// The last activity, in seconds since 1970. The index keeps the last 36 billion years and the
    /// next.
    pub active_at_s: i64,
    /// Whether the owner accepts more than 80 % of requests.
    pub high_acceptance: bool,
    /// Whether the mean time to a first answer is below an hour.
    pub fast_response: bool,
    /// Whether searches find the owner's documents at all.
    pub available: bool,
}

/// An owner without signals is available and scores nothing.
impl Default for Signals {
    fn default() -> Signals {
        Signals {
            capacity_total: 0,
            capacity_used: 0,
            active_at_s: NEVER_S,
            high_acceptance: false,
            fast_response: false,
            available: true,
        }
    }
}

impl Signals {
    /// The largest capacity that the index keeps, and the largest number of contracts in use.
    pub const CAPACITY_MAX: u32 = (1 << 24) - 1;

    /// The capacity component: the free share of the owner's capacity, 0 without any.
    pub fn capacity(&self) -> f64 {
        if self.capacity_total == 0 {
            return 0.0;
        }
        let used = f64::from(self.capacity_used.min(self.capacity_total));
        1.0 - used / f64::from(self.capacity_total)
    }

    /// The activity component at a moment: 1 within a day of the last activity, 2/3 within seven
    /// days, else 0.
    pub fn activity(&self, now_s: i64) -> f64 {
        activity(self.active_at_s, now_s)
    }

    /// The performance component: `(10 [high acceptance] + 5 [fast response]) / 15`.
    pub fn performance(&self) -> f64 {
        performance(self.high_acceptance, self.fast_response)
    }
}

/// The performance component of two flags.
pub(crate) fn performance(high_acceptance: bool, fast_response: bool) -> f64 {
    f64::from(10 * u8::from(high_acceptance) + 5 * u8::from(fast_response)) / 15.0
}

/// The activity component at `now_s` of a last activity at `active_at_s`.
pub(crate) fn activity(active_at_s: i64, now_s: i64) -> f64 {
    const DAY_S: i64 = 86_400;
    match now_s.saturating_sub(active_at_s) {
        age_s if age_s <= DAY_S => 1.0,
        age_s if age_s <= 7 * DAY_S => 2.0 / 3.0,
        _ => 0.0,
    }
}

/// Before any activity: some 36 billion years ago.
const NEVER_S: i64 = -(1 << 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activity_falls_after_a_day_and_after_a_week() {
        let signals = Signals {
            active_at_s: 1_000_000,
            ..Signals::default()
        };
        assert_eq!(signals.activity(1_000_000 + 86_400), 1.0);
        assert_eq!(signals.activity(1_000_000 + 86_401), 2.0 / 3.0);
        assert_eq!(signals.activity(1_000_000 + 7 * 86_400 + 1), 0.0);
        assert_eq!(Signals::default().activity(1_000_000), 0.0);
    }

    #[test]
    fn a_full_owner_has_no_capacity() {
        let full = Signals {
            capacity_total: 3,
            capacity_used: 3,
            ..Signals::default()
        };
        assert_eq!(full.capacity(), 0.0);
        assert_eq!(Signals::default().capacity(), 0.0);
    }
}
