//! What are the best signals that an owner of documents below a node may have?

use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};

use crate::signals::{self, Signals};

/// Bounds of the owners' signals, for each way of performing by itself: the owner with the most
/// capacity is seldom the one who answers fastest. They only ever rise while a segment lives, before
/// the signals do, so at any moment they are true of the signals as they are then.
#[derive(Debug, Default)]
pub(crate) struct SignalBounds {
    /// Accepting most counts one in the index, answering fast two.
    performers: [PerformerBounds; PERFORMANCES],
    /// A bit for each way of performing that occurs.
    ways: AtomicU8,
}

#[derive(Debug, Default)]
struct PerformerBounds {
    /// The bits of a float that is not negative, and so ordered like it.
    capacity_max: AtomicU64,
    active_at_s_max: AtomicI64,
}

/// The best signals that any owner below a node may have, of those whose documents are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BestSignals<'a> {
    bounds: &'a SignalBounds,
    ways: u8,
}

/// The best of the owners who perform alike.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BestPerformers {
    pub(crate) performance: f64,
    pub(crate) capacity: f64,
    pub(crate) active_at_s: i64,
}

/// Ways of performing: accepts most or not, answers fast or not.
const PERFORMANCES: usize = 4;

impl BestSignals<'_> {
    pub(crate) fn performers(&self) -> impl Iterator<Item = BestPerformers> {
        let occurring = (0..PERFORMANCES).filter(|way| self.ways >> way & 1 == 1);
        occurring.map(|way| {
            let bounds = &self.bounds.performers[way];
            BestPerformers {
                performance: signals::performance(way & 1 != 0, way & 2 != 0),
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
            ways: self.ways.load(Ordering::Acquire),
        }
    }

    /// Whether anything rose.
    pub(crate) fn raise(&self, signals: &Signals) -> bool {
        if !signals.available {
            // What nobody is shown raises no score.
            return false;
        }
        let way = usize::from(signals.high_acceptance) | usize::from(signals.fast_response) << 1;
        let performers = &self.performers[way];
        let capacity = signals.capacity().to_bits();
        let capacity_rose = performers
            .capacity_max
            .fetch_max(capacity, Ordering::AcqRel)
            < capacity;
        // Zero stands for never as well: activity a lifetime ago scores nothing either way.
        let activity = performers
            .active_at_s_max
            .fetch_max(signals.active_at_s, Ordering::AcqRel);
        // The bit comes last: whoever sees it sees the values.
        let is_new = self.ways.fetch_or(1 << way, Ordering::AcqRel) >> way & 1 == 0;
        capacity_rose || activity < signals.active_at_s || is_new
    }
}
