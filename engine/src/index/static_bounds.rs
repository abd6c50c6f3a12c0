//! What is the best below a node, as far as neither words nor places matter?
//!
//! Bounds of single components say too little together: in most leaves some owner has capacity,
//! another answers fast and a third room has the best rating, but no room has all three. So the
//! first search that has to visit many nodes scores every document of a segment by its owner's
//! signals and its rating, with the weights of its profile, and keeps the largest value of each
//! node. Like all bounds over signals these only rise until they are made anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;

use super::segment::Columns;
use super::tree::Tree;
use crate::score;
use crate::signals::{SignalView, Signals, Slot};

/// How much each component counts that neither words nor places matter to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StaticWeights {
    pub(crate) capacity: f64,
    pub(crate) activity: f64,
    pub(crate) performance: f64,
    pub(crate) review: f64,
}

/// The weights, and what else the values of documents depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StaticTerms {
    pub(crate) weights: StaticWeights,
    pub(crate) now_s: i64,
    pub(crate) rating_mean: f64,
}

/// The bounds of one segment for one set of weights.
#[derive(Debug)]
pub(crate) struct StaticBounds {
    terms: StaticTerms,
    /// By node, the bits of a float that is not negative, and so ordered like it.
    nodes: Box<[AtomicU64]>,
    was_used: AtomicBool,
}

/// The bounds of one segment.
#[derive(Debug, Default)]
pub(crate) struct StaticBoundsShelf {
    kept: ArcSwap<Vec<Arc<StaticBounds>>>,
}

/// So many sets of weights are kept. A profile that nobody asks for gives way.
const KEPT_MAX: usize = 8;

/// Activity fades, which the bounds do not follow: they are made anew after an hour.
const FRESH_S: i64 = 3_600;

/// A drift of the mean rating loosens the bounds; beyond this they are made anew.
const MEAN_DRIFT_MAX: f64 = 0.02;

impl StaticBounds {
    /// At least the value of every document below a node whose owner is available.
    pub(crate) fn most(&self, node: u32, rating_mean: f64) -> f64 {
        let most = f64::from_bits(self.nodes[node as usize].load(Ordering::Acquire));
        // A review component rises by at most as much as the mean does, over the largest rating.
        let drift = (rating_mean - self.terms.rating_mean).max(0.0);
        most + self.terms.weights.review * drift / score::RATING_MAX
    }

    fn holds_for(&self, terms: &StaticTerms) -> bool {
        // Activity only fades, so what was true then is true later.
        let age_s = terms.now_s.saturating_sub(self.terms.now_s);
        self.terms.weights == terms.weights
            && (0..FRESH_S).contains(&age_s)
            && (terms.rating_mean - self.terms.rating_mean).abs() < MEAN_DRIFT_MAX
    }

    fn make(
        terms: StaticTerms,
        tree: &Tree,
        columns: &Columns,
        owners: &SignalView,
        is_over: &mut dyn FnMut() -> bool,
    ) -> Option<StaticBounds> {
        let mut values = vec![0.0f64; tree.node_count()];
        for &leaf in tree.leaves() {
            if is_over() {
                return None;
            }
            for doc in tree.node(leaf).docs.clone() {
                let signals = owners.get(columns.slots[doc as usize]);
                // What nobody is shown is no bound for what is.
                if signals.available {
                    let most = &mut values[leaf as usize];
                    *most = most.max(terms.value(columns, doc, &signals));
                }
            }
        }
        tree.carry_up(&mut values);
        let nodes = values
            .into_iter()
            .map(|value| AtomicU64::new(value.to_bits()));
        Some(StaticBounds {
            terms,
            nodes: nodes.collect(),
            was_used: AtomicBool::new(true),
        })
    }

    fn raise(&self, tree: &Tree, columns: &Columns, slot: Slot, signals: &Signals) {
        for leaf in tree.leaves_of(slot) {
            let docs = tree.node(leaf).docs.clone();
            let owned = docs.filter(|&doc| columns.slots[doc as usize] == slot);
            let values = owned.map(|doc| self.terms.value(columns, doc, signals));
            let bits = values.fold(0.0, f64::max).to_bits();
            let rises =
                |&node: &u32| self.nodes[node as usize].fetch_max(bits, Ordering::AcqRel) < bits;
            // What is above is at least as large as what is below.
            tree.upwards(leaf).take_while(rises).for_each(drop);
        }
    }
}

impl StaticTerms {
    /// What one document's owner and rating add, in the unit of the weights.
    fn value(&self, columns: &Columns, doc: u32, signals: &Signals) -> f64 {
        let (at, weights) = (doc as usize, &self.weights);
        let rating = Some(columns.ratings[at]).filter(|rating| !rating.is_nan());
        let review = score::review(rating, columns.reviews[at], self.rating_mean);
        weights.capacity * signals.capacity()
            + weights.activity * signals.activity(self.now_s)
            + weights.performance * signals.performance()
            + weights.review * review
    }
}

impl StaticBoundsShelf {
    pub(crate) fn get(&self, terms: &StaticTerms) -> Option<Arc<StaticBounds>> {
        let kept = self.kept.load();
        let found = kept.iter().find(|bounds| bounds.holds_for(terms))?;
        found.was_used.store(true, Ordering::Relaxed);
        Some(Arc::clone(found))
    }

    /// Makes the bounds if there are none yet, and keeps them. `None` once `is_over` says that
    /// there is no time, and while signals change or another search makes bounds: nobody waits.
    pub(crate) fn get_or_make(
        &self,
        terms: &StaticTerms,
        tree: &Tree,
        columns: &Columns,
        owners: &SignalView,
        is_over: &mut dyn FnMut() -> bool,
    ) -> Option<Arc<StaticBounds>> {
        // A signal that changed unseen between the look at it and the keeping would be missing.
        let _unchanging = owners.try_hold()?;
        if let Some(bounds) = self.get(terms) {
            return Some(bounds);
        }
        let made = Arc::new(StaticBounds::make(*terms, tree, columns, owners, is_over)?);
        let mut kept: Vec<Arc<StaticBounds>> = Vec::clone(&self.kept.load());
        kept.retain(|bounds| bounds.terms.weights != terms.weights);
        if kept.len() == KEPT_MAX {
            let unused = kept
                .iter()
                .position(|bounds| !bounds.was_used.swap(false, Ordering::Relaxed));
            kept.remove(unused.unwrap_or(0));
        }
        kept.push(Arc::clone(&made));
        self.kept.store(Arc::new(kept));
        Some(made)
    }

    /// Loosens all bounds above an owner's documents, before the signals themselves change.
    pub(crate) fn raise(&self, tree: &Tree, columns: &Columns, slot: Slot, signals: &Signals) {
        if signals.available {
            for bounds in self.kept.load().iter() {
                bounds.raise(tree, columns, slot, signals);
            }
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let nodes = self
            .kept
            .load()
            .iter()
            .map(|bounds| bounds.nodes.len())
            .sum::<usize>();
        nodes * size_of::<AtomicU64>()
    }
}
