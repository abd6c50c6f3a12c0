//! Which are the best so far?

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::query::After;
use crate::signals::Signals;

/// A document that matches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) rank_value: f64,
    pub(crate) key: u128,
    pub(crate) text: f64,
    /// What was read of its owner, so that the answer tells what it ranked by.
    pub(crate) signals: Signals,
    pub(crate) segment: u32,
    pub(crate) doc: u32,
}

/// The best `limit` candidates behind `after`. Its memory is bounded by the limit, however many
/// match.
pub(crate) struct Top {
    limit: usize,
    after: Option<After>,
    /// The worst on top.
    kept: BinaryHeap<Worst>,
}

struct Worst(Candidate);

impl Top {
    pub(crate) fn new(limit: usize, after: Option<After>) -> Top {
        Top {
            limit,
            after,
            kept: BinaryHeap::with_capacity(limit.min(1024) + 1),
        }
    }

    /// Whether a document of at most this rank value may still come in. One that equals the worst
    /// kept may, since ties break by key.
    pub(crate) fn may_take(&self, bound: f64) -> bool {
        self.least().is_none_or(|least| bound >= least)
    }

    /// The rank value that a document must reach to come in; `None` while there is room.
    pub(crate) fn least(&self) -> Option<f64> {
        let worst = self.kept.peek().filter(|_| self.kept.len() >= self.limit);
        worst.map(|worst| worst.0.rank_value)
    }

    /// How many are kept.
    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(crate) fn offer(&mut self, candidate: Candidate) {
        if self
            .after
            .is_some_and(|after| !is_behind(&candidate, after))
            || self.limit == 0
        {
            return;
        }
        if self.kept.len() < self.limit {
            self.kept.push(Worst(candidate));
        } else if let Some(mut worst) = self.kept.peek_mut()
            && better(&candidate, &worst.0) == Ordering::Less
        {
            *worst = Worst(candidate);
        }
    }

    /// The best first.
    pub(crate) fn into_sorted(self) -> Vec<Candidate> {
        let sorted = self.kept.into_sorted_vec();
        sorted.into_iter().map(|worst| worst.0).collect()
    }
}

/// Better candidates are less: a higher rank value, or an equal one and a lower key.
fn better(a: &Candidate, b: &Candidate) -> Ordering {
    b.rank_value
        .total_cmp(&a.rank_value)
        .then(a.key.cmp(&b.key))
}

fn is_behind(candidate: &Candidate, after: After) -> bool {
    let order = after.rank_value.total_cmp(&candidate.rank_value);
    order.then(candidate.key.cmp(&after.key.as_u128())) == Ordering::Greater
}

impl Ord for Worst {
    fn cmp(&self, other: &Worst) -> Ordering {
        better(&self.0, &other.0)
    }
}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Worst) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Worst {
    fn eq(&self, other: &Worst) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Worst {}
