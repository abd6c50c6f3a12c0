//! What is the best below a node, as far as neither words nor places matter?
//!
//! Bounds of single components say too little together: in most leaves some owner has capacity,
//! another answers fast and a third room has the best rating, but no room has all three. So the
//! first search that has to visit many nodes scores every document of a segment by its owner's
//! signals and its rating, with the weights of its profile. It keeps the largest value of each node,
//! and a byte a document, by which most of a leaf is passed over without a look at anything else.
//! Like all bounds over signals these only rise until they are made anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, Ordering};

use arc_swap::ArcSwap;

use crate::index::columns::Columns;
use crate::index::tree::Tree;
use crate::score;
use crate::signals::{OwnerOrdinal, SignalView, Signals};

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

/// The bounds of one segment for one set of weights, as shares of what all weights add up to, rounded
/// up.
#[derive(Debug)]
pub(crate) struct StaticBounds {
    terms: StaticTerms,
    /// By node, in parts of 65,535.
    nodes: Box<[AtomicU16]>,
    /// By leaf, in the order of their documents, in steps of one 255th.
    leaves: Box<[AtomicU8]>,
    /// By document, in steps too.
    docs: Box<[AtomicU8]>,
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

const STEPS: f64 = 255.0;
const PARTS: f64 = 65_535.0;

impl StaticBounds {
    /// At least the value of every document below a node whose owner is available.
    pub(crate) fn most(&self, node: u32, rating_mean: f64) -> f64 {
        let parts = self.nodes[node as usize].load(Ordering::Acquire);
        f64::from(parts) / PARTS * self.terms.weights.sum() + self.drift(rating_mean)
    }

    /// The steps of leaves, from the one of that number in the order of documents on.
    pub(crate) fn steps_of_leaves(&self, first: u32) -> impl Iterator<Item = u8> {
        let leaves = self.leaves[first as usize..].iter();
        leaves.map(|step| step.load(Ordering::Acquire))
    }

    /// At least the value of what is of a step.
    pub(crate) fn most_of(&self, step: u8, rating_mean: f64) -> f64 {
        f64::from(step) / STEPS * self.terms.weights.sum() + self.drift(rating_mean)
    }

    /// The step of the documents that are worth `least`: those of a lower step are not.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is held to the range before"
    )]
    pub(crate) fn step_of(&self, least: f64, rating_mean: f64) -> u8 {
        let share = (least - self.drift(rating_mean)) / self.terms.weights.sum();
        // A little less, since what was rounded up is a quotient that had been rounded itself.
        (share * STEPS - 1e-6).ceil().clamp(0.0, STEPS) as u8
    }

    /// Whether a document is of a step or above.
    pub(crate) fn holds(&self, step: u8, doc: u32) -> bool {
        read(&self.docs, doc) >= step
    }

    /// A review component rises by at most as much as the mean does, over the largest rating.
    fn drift(&self, rating_mean: f64) -> f64 {
        let drift = (rating_mean - self.terms.rating_mean).max(0.0);
        self.terms.weights.review * drift / score::RATING_MAX
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
        let mut nodes = vec![0; tree.node_count()];
        let mut leaves = vec![0; tree.leaves().len()];
        let mut docs = vec![0; columns.slots.len()];
        for (number, &leaf) in tree.leaves().iter().enumerate() {
            if is_over() {
                return None;
            }
            for doc in tree.node(leaf).docs.clone() {
                let signals = owners.get(columns.slots[doc as usize]);
                // What nobody is shown is no bound for what is.
                if signals.available {
                    let share = terms.share(columns, doc, &signals);
                    nodes[leaf as usize] = parts(share).max(nodes[leaf as usize]);
                    docs[doc as usize] = step(share);
                    leaves[number] = step(share).max(leaves[number]);
                }
            }
        }
        tree.carry_up(&mut nodes);
        Some(StaticBounds {
            terms,
            nodes: nodes.into_iter().map(AtomicU16::new).collect(),
            leaves: leaves.into_iter().map(AtomicU8::new).collect(),
            docs: docs.into_iter().map(AtomicU8::new).collect(),
            was_used: AtomicBool::new(true),
        })
    }

    fn raise(&self, tree: &Tree, columns: &Columns, slot: OwnerOrdinal, signals: &Signals) {
        for leaf in tree.leaves_of(slot) {
            let docs = tree.node(leaf).docs.clone();
            let owned = docs.filter(|&doc| columns.slots[doc as usize] == slot);
            let shares = owned.map(|doc| {
                let share = self.terms.share(columns, doc, signals);
                self.docs[doc as usize].fetch_max(step(share), Ordering::AcqRel);
                share
            });
            let share = shares.fold(0.0, f64::max);
            let number = tree.number_of_leaf(leaf) as usize;
            self.leaves[number].fetch_max(step(share), Ordering::AcqRel);
            let parts = parts(share);
            let rises =
                |&node: &u32| self.nodes[node as usize].fetch_max(parts, Ordering::AcqRel) < parts;
            // What is above is at least as large as what is below.
            tree.upwards(leaf).take_while(rises).for_each(drop);
        }
    }
}

fn read(steps: &[AtomicU8], at: u32) -> u8 {
    steps[at as usize].load(Ordering::Acquire)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is within 0 to 1"
)]
fn step(share: f64) -> u8 {
    (share * STEPS).ceil() as u8
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is within 0 to 1"
)]
fn parts(share: f64) -> u16 {
    (share * PARTS).ceil() as u16
}

impl StaticWeights {
    fn sum(&self) -> f64 {
        self.capacity + self.activity + self.performance + self.review
    }
}

impl StaticTerms {
    /// What one document's owner and rating add, as a share of what they add at most.
    fn share(&self, columns: &Columns, doc: u32, signals: &Signals) -> f64 {
        let (at, weights) = (doc as usize, &self.weights);
        let rating = Some(columns.ratings[at]).filter(|rating| !rating.is_nan());
        let review = score::review(rating, columns.reviews[at], self.rating_mean);
        let value = weights.capacity * signals.capacity()
            + weights.activity * signals.activity(self.now_s)
            + weights.performance * signals.performance()
            + weights.review * review;
        value / weights.sum()
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
        let _unchanging = owners.try_lock_changes()?;
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
    pub(crate) fn raise(
        &self,
        tree: &Tree,
        columns: &Columns,
        slot: OwnerOrdinal,
        signals: &Signals,
    ) {
        if signals.available {
            for bounds in self.kept.load().iter() {
                bounds.raise(tree, columns, slot, signals);
            }
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let kept = self.kept.load();
        let bytes = kept
            .iter()
            .map(|bounds| 2 * bounds.nodes.len() + bounds.leaves.len() + bounds.docs.len());
        bytes.sum()
    }
}
