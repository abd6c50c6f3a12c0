//! Upper bounds of the signals of the owners of documents below a tree node.

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};

use crate::signals::{self, Signals};

/// Upper bounds of the signals of a node's owners, separately for each performance: the owner with
/// the most capacity is seldom the one who answers fastest. While a segment lives the bounds only
/// rise, and they rise before the signals do, so that they are valid at any moment.
#[derive(Debug, Default)]
pub(crate) struct SignalBounds {
    /// By performance: high acceptance adds one to the index, a fast response two.
    by_performance: [PerformanceBounds; PERFORMANCES],
    /// A bit for each performance that occurs.
    performances: AtomicU8,
}

#[derive(Debug, Default)]
struct PerformanceBounds {
    /// The bits of a non-negative float, which have the same order.
    capacity_max: AtomicU64,
    active_at_s_max: AtomicI64,
}

/// The best signals that an available owner of a node's documents may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BestSignals<'a> {
    bounds: &'a SignalBounds,
    performances: u8,
}

/// The best signals of the owners with one performance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BestPerformers {
    pub(crate) performance: f64,
    pub(crate) capacity: f64,
    pub(crate) active_at_s: i64,
}

/// High acceptance or not, fast response or not.
const PERFORMANCES: usize = 4;

impl BestSignals<'_> {
    pub(crate) fn performers(&self) -> impl Iterator<Item = BestPerformers> {
        let occurring = (0..PERFORMANCES).filter(|at| self.performances >> at & 1 == 1);
        occurring.map(|at| {
            let bounds = &self.bounds.by_performance[at];
            BestPerformers {
                performance: signals::performance(at & 1 != 0, at & 2 != 0),
                capacity: f64::from_bits(bounds.capacity_max.load(Ordering::Acquire)),
                active_at_s: bounds.active_at_s_max.load(Ordering::Acquire),
            }
        })
    }
}

impl SignalBounds {
    pub(crate) fn best(&self) -> BestSignals<'_> {
        BestSignals {
            bounds: self,
            performances: self.performances.load(Ordering::Acquire),
        }
    }

    /// Raises the bounds to these signals; returns whether any bound rose.
    pub(crate) fn raise(&self, signals: &Signals) -> bool {
        if !signals.available {
            // Searches do not return the documents of this owner.
            return false;
        }
        let at = usize::from(signals.high_acceptance) | usize::from(signals.fast_response) << 1;
        let bounds = &self.by_performance[at];
        let capacity = signals.capacity().to_bits();
        let capacity_rose = bounds.capacity_max.fetch_max(capacity, Ordering::AcqRel) < capacity;
        // The initial zero also stands for never: activity in 1970 scores nothing either way.
        let activity = bounds
            .active_at_s_max
            .fetch_max(signals.active_at_s, Ordering::AcqRel);
        // The bit comes last: a reader that sees it also sees the values.
        let is_new = self.performances.fetch_or(1 << at, Ordering::AcqRel) >> at & 1 == 0;
        capacity_rose || activity < signals.active_at_s || is_new
    }
}
