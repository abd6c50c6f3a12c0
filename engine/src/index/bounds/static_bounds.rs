//! Upper bounds of the query-independent score: of the components that depend on neither words nor
//! places.
//!
//! Bounds of single components are too loose together: in most leaves one owner has capacity,
//! another answers fast, and a third document has the best rating, but no document has all three.
//! So the first search that visits many nodes computes this score for all documents of a segment,
//! with the weights of its profile. The bounds are the largest score of each node, and a byte per
//! document, with which a search skips most of a leaf. Like all bounds of signals they only rise
//! until they are recomputed.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, Ordering};

use crate::control::search_budget::SearchBudget;
use crate::index::cell_tree::CellTree;
use crate::index::columns::Columns;
use crate::ranking::rating::RatingScale;
use crate::signals::{OwnerOrdinal, SignalView, Signals};

/// The weights of the components that depend on neither words nor places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StaticWeights {
    pub(crate) capacity: f64,
    pub(crate) activity: f64,
    pub(crate) performance: f64,
    pub(crate) rating: f64,
}

/// Computes the query-independent score of documents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StaticScorer {
    pub(crate) weights: StaticWeights,
    pub(crate) now_s: i64,
    pub(crate) rating: RatingScale,
}

/// The bounds of one segment for one set of weights, as shares of the sum of the weights, rounded
/// up.
#[derive(Debug)]
pub(crate) struct StaticBounds {
    scorer: StaticScorer,
    /// By node, in parts of 65,535.
    nodes: Box<[AtomicU16]>,
    /// By leaf ordinal, in steps of 1/255.
    leaves: Box<[AtomicU8]>,
    /// By document, in steps of 1/255.
    docs: Box<[AtomicU8]>,
    was_used: AtomicBool,
}

/// Activity fades, which the bounds do not follow: they are recomputed after an hour.
const FRESH_S: i64 = 3_600;

/// A drift of the mean rating loosens the bounds. Beyond this drift they are recomputed.
const MEAN_DRIFT_MAX: f64 = 0.02;

const STEPS: f64 = 255.0;
const PARTS: f64 = 65_535.0;

impl StaticBounds {
    /// An upper bound of the score of every document below a node whose owner is available.
    pub(crate) fn upper_bound(&self, node: u32, rating_mean: f64) -> f64 {
        let parts = self.nodes[node as usize].load(Ordering::Acquire);
        f64::from(parts) / PARTS * self.scorer.weights.sum() + self.drift(rating_mean)
    }

    /// The steps of the leaves from an ordinal on.
    pub(crate) fn steps_of_leaves(&self, first: u32) -> impl Iterator<Item = u8> {
        let leaves = self.leaves[first as usize..].iter();
        leaves.map(|step| step.load(Ordering::Acquire))
    }

    /// An upper bound of the scores that a step stands for.
    pub(crate) fn upper_bound_of(&self, step: u8, rating_mean: f64) -> f64 {
        f64::from(step) / STEPS * self.scorer.weights.sum() + self.drift(rating_mean)
    }

    /// The step from which documents can have a score of at least `score_min`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the value is clamped to the range before"
    )]
    pub(crate) fn step_of(&self, score_min: f64, rating_mean: f64) -> u8 {
        let share = (score_min - self.drift(rating_mean)) / self.scorer.weights.sum();
        // A little lower, since the quotient that was rounded up had a rounding error of its own.
        (share * STEPS - 1e-6).ceil().clamp(0.0, STEPS) as u8
    }

    /// The step of a document.
    #[inline]
    pub(crate) fn step_of_doc(&self, doc: usize) -> u8 {
        self.docs[doc].load(Ordering::Acquire)
    }

    /// Whether a document is at a step or above.
    #[inline]
    pub(crate) fn reaches(&self, step: u8, doc: usize) -> bool {
        self.step_of_doc(doc) >= step
    }

    pub(super) fn compute(
        scorer: StaticScorer,
        tree: &CellTree,
        columns: &Columns,
        owners: &SignalView,
        budget: &mut SearchBudget,
    ) -> Option<StaticBounds> {
        let mut nodes = vec![0; tree.node_count()];
        let mut leaves = vec![0; tree.leaves().len()];
        let mut docs = vec![0; columns.owners.len()];
        for (ordinal, &leaf) in tree.leaves().iter().enumerate() {
            if budget.spend(64).is_err() {
                return None;
            }
            for doc in tree.node(leaf).docs.clone() {
                let signals = owners.get(columns.owners[doc as usize]);
                // Searches do not return the documents of an unavailable owner.
                if signals.available {
                    let share = scorer.share(columns, doc, &signals);
                    nodes[leaf as usize] = parts(share).max(nodes[leaf as usize]);
                    docs[doc as usize] = step(share);
                    leaves[ordinal] = step(share).max(leaves[ordinal]);
                }
            }
        }
        tree.propagate_max(&mut nodes);
        Some(StaticBounds {
            scorer,
            nodes: nodes.into_iter().map(AtomicU16::new).collect(),
            leaves: leaves.into_iter().map(AtomicU8::new).collect(),
            docs: docs.into_iter().map(AtomicU8::new).collect(),
            was_used: AtomicBool::new(true),
        })
    }

    /// Raises the bounds above an owner's documents to new signals.
    pub(super) fn raise(
        &self,
        tree: &CellTree,
        columns: &Columns,
        owner: OwnerOrdinal,
        signals: &Signals,
    ) {
        for leaf in tree.leaves_of(owner) {
            let docs = tree.node(leaf).docs.clone();
            let owned = docs.filter(|&doc| columns.owners[doc as usize] == owner);
            let shares = owned.map(|doc| {
                let share = self.scorer.share(columns, doc, signals);
                self.docs[doc as usize].fetch_max(step(share), Ordering::AcqRel);
                share
            });
            let share = shares.fold(0.0, f64::max);
            let ordinal = tree.ordinal_of_leaf(leaf) as usize;
            self.leaves[ordinal].fetch_max(step(share), Ordering::AcqRel);
            let parts = parts(share);
            let rises =
                |&node: &u32| self.nodes[node as usize].fetch_max(parts, Ordering::AcqRel) < parts;
            // The bounds of an ancestor are never tighter, so none above an unchanged node changes.
            tree.upwards(leaf).take_while(rises).for_each(drop);
        }
    }

    pub(super) fn are_valid_for(&self, scorer: &StaticScorer) -> bool {
        // Activity only fades, so bounds of an earlier moment stay valid.
        let age_s = scorer.now_s.saturating_sub(self.scorer.now_s);
        self.have_weights_of(scorer)
            && (0..FRESH_S).contains(&age_s)
            && (scorer.rating.mean - self.scorer.rating.mean).abs() < MEAN_DRIFT_MAX
    }

    pub(super) fn have_weights_of(&self, scorer: &StaticScorer) -> bool {
        self.scorer.weights == scorer.weights
    }

    pub(super) fn mark_used(&self) {
        self.was_used.store(true, Ordering::Relaxed);
    }

    /// Whether a search used the bounds since the last call.
    pub(super) fn take_used(&self) -> bool {
        self.was_used.swap(false, Ordering::Relaxed)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        size_of_val(&self.nodes[..]) + size_of_val(&self.leaves[..]) + size_of_val(&self.docs[..])
    }

    /// A rating component rises by at most as much as the mean does, over the best rating.
    fn drift(&self, rating_mean: f64) -> f64 {
        let drift = (rating_mean - self.scorer.rating.mean).max(0.0);
        self.scorer.weights.rating * drift / self.scorer.rating.max
    }
}

impl StaticWeights {
    fn sum(&self) -> f64 {
        self.capacity + self.activity + self.performance + self.rating
    }
}

impl StaticScorer {
    /// The score of a document, as a share of the largest possible one.
    fn share(&self, columns: &Columns, doc: u32, signals: &Signals) -> f64 {
        let (at, weights) = (doc as usize, &self.weights);
        let rating = self
            .rating
            .component(columns.rating(at), columns.rating_count(at));
        let value = weights.capacity * signals.capacity()
            + weights.activity * signals.activity(self.now_s)
            + weights.performance * signals.performance()
            + weights.rating * rating;
        value / weights.sum()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is between 0 and 1"
)]
fn step(share: f64) -> u8 {
    (share * STEPS).ceil() as u8
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is between 0 and 1"
)]
fn parts(share: f64) -> u16 {
    (share * PARTS).ceil() as u16
}
