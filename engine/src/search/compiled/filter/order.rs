//! The order in which predicates are evaluated: cheap ones that reject many documents come first.
//!
//! If predicates are independent, the expected cost is lowest in the order of
//! `(1 - selectivity) / cost`, highest first, where the selectivity is the share of documents that
//! satisfy a predicate: the rank of Hellerstein and Stonebraker (1993). The areas of a query come
//! before all others, because the box of a node is in memory when a node is visited, and the bounds
//! of its attributes often are not.

use super::predicate::Predicate;
use crate::index::Snapshot;

/// What evaluating a predicate for one document costs, relative to reading a number.
const NAME_COST: f64 = 2.0;
const OWNER_COST: f64 = 4.0;
const KEY_COST: f64 = 8.0;
const AVAILABLE_COST: f64 = 8.0;
const FREE_COST: f64 = 8.0;
const PROBE_COST: f64 = 4.0;
const CORNER_COST: f64 = 0.5;
const PHRASES_COST: f64 = 400.0;

/// The share of documents that satisfy a predicate of which no statistics are known.
const SELECTIVITY: f64 = 0.5;

/// Sorts predicates that must all hold.
pub(super) fn sort(predicates: &mut [Predicate<'_>], snapshot: &Snapshot) {
    predicates.sort_by_cached_key(|predicate| {
        let (selectivity, cost) = estimate(predicate, snapshot);
        let is_area = matches!(predicate, Predicate::Ring(_) | Predicate::BoundingBox(_));
        let rank = (1.0 - selectivity) / cost;
        (!is_area, TotalOrder(-rank))
    });
}

/// The selectivity and the cost of a predicate.
fn estimate(predicate: &Predicate<'_>, snapshot: &Snapshot) -> (f64, f64) {
    match predicate {
        Predicate::Number { attribute, range } => (
            share_between(*attribute, range.min, range.max, snapshot),
            1.0,
        ),
        Predicate::Category { accepted, .. } => {
            let accepted = f64::from(accepted.count_ones());
            (accepted / (accepted + 2.0), 1.0)
        }
        Predicate::AllTags { tags, .. } => (SELECTIVITY.powi(as_i32(tags.len())), 1.0),
        Predicate::AnyTag { tags, .. } => (1.0 - SELECTIVITY.powi(as_i32(tags.len())), 1.0),
        Predicate::Flag { .. } => (SELECTIVITY, 1.0),
        Predicate::Name { .. } => (SELECTIVITY / 4.0, NAME_COST),
        Predicate::Overlaps { .. } => (SELECTIVITY, 1.0),
        Predicate::Owner(_) => (SELECTIVITY / 16.0, OWNER_COST),
        Predicate::Key(_) => (SELECTIVITY / 16.0, KEY_COST),
        Predicate::Ring(_) | Predicate::BoundingBox(_) => (SELECTIVITY, 2.0),
        Predicate::Polygon(polygon) => {
            let corners = u32::try_from(polygon.corners().len()).unwrap_or(u32::MAX);
            (SELECTIVITY, f64::from(corners) * CORNER_COST)
        }
        Predicate::AcceptsProbe(probes) => {
            let probes = u32::try_from(probes.len()).unwrap_or(u32::MAX);
            (SELECTIVITY / 8.0, f64::from(probes) * PROBE_COST)
        }
        Predicate::Free(_) => (0.8, FREE_COST),
        Predicate::Available(_) => (0.9, AVAILABLE_COST),
        Predicate::WithoutPhrases(_) => (0.9, PHRASES_COST),
        Predicate::Not(part) => {
            let (selectivity, cost) = estimate(part, snapshot);
            (1.0 - selectivity, cost)
        }
        Predicate::All(parts) => {
            let parts = parts.iter().map(|part| estimate(part, snapshot));
            parts.fold((1.0, 0.0), |(all, sum), (selectivity, cost)| {
                (all * selectivity, sum + cost)
            })
        }
        Predicate::Any(parts) => {
            let parts = parts.iter().map(|part| estimate(part, snapshot));
            let (none, cost) = parts.fold((1.0, 0.0), |(none, sum), (selectivity, cost)| {
                (none * (1.0 - selectivity), sum + cost)
            });
            (1.0 - none, f64::max(cost, 1.0))
        }
    }
}

/// The share of numbers that lie between two, as if those of the largest segment were spread
/// evenly from the lowest to the highest.
fn share_between(attribute: usize, min: f64, max: f64, snapshot: &Snapshot) -> f64 {
    let largest = snapshot
        .segments
        .iter()
        .max_by_key(|view| view.segment.columns.keys.len());
    let Some(largest) = largest else {
        return SELECTIVITY;
    };
    let known = largest.segment.tree.attributes(0).number(attribute);
    let width = known.max() - known.min();
    let overlap = max.min(known.max()) - min.max(known.min());
    match width > 0.0 {
        true => (overlap / width).clamp(0.0, 1.0),
        false => SELECTIVITY,
    }
}

fn as_i32(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// A number that compares by its total order.
#[derive(PartialEq)]
struct TotalOrder(f64);

impl Eq for TotalOrder {}

impl PartialOrd for TotalOrder {
    fn partial_cmp(&self, other: &TotalOrder) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TotalOrder {
    fn cmp(&self, other: &TotalOrder) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
