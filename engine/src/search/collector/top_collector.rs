//! Which are the best so far?

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::groups::BestOfOwners;
use super::judge::Judge;
use crate::index::SegmentView;
use crate::query::SearchAfter;
use crate::signals::{OwnerOrdinal, Signals};

/// A document that matches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub(crate) rank_value: f64,
    pub(crate) key: u128,
    pub(crate) text: f64,
    /// What was read of its owner, so that the answer tells what it ranked by.
    pub(crate) signals: Signals,
    pub(crate) owner: OwnerOrdinal,
    pub(crate) segment: u32,
    pub(crate) doc: u32,
}

impl Judge<'_> {
    /// What is to be known of a document whose text component is `text`.
    pub(crate) fn candidate(
        &self,
        view: &SegmentView,
        segment: u32,
        doc: u32,
        text: f64,
    ) -> Candidate {
        let columns = &view.segment.columns;
        let signals = self.signals_of(columns, doc);
        Candidate {
            rank_value: self.rank_value(columns, doc, text, &signals),
            key: columns.keys[doc as usize],
            text,
            signals,
            owner: columns.slots[doc as usize],
            segment,
            doc,
        }
    }
}

/// The best `limit` candidates behind `after`. Its memory is bounded by the limit, however many
/// match.
pub(crate) struct Top {
    limit: usize,
    after: Option<SearchAfter>,
    kept: Kept,
}

enum Kept {
    /// The worst on top.
    Documents(BinaryHeap<Ordered>),
    Owners(BestOfOwners),
}

/// A candidate in its place: better ones come first.
#[derive(Clone, Copy)]
pub(super) struct Ordered(pub(super) Candidate);

impl Top {
    pub(crate) fn new(limit: usize, after: Option<SearchAfter>) -> Top {
        Top {
            limit,
            after,
            kept: Kept::Documents(BinaryHeap::with_capacity(limit.min(1024) + 1)),
        }
    }

    /// Of each owner the best document only, and so many owners.
    pub(crate) fn of_owners(limit: usize) -> Top {
        Top {
            limit,
            after: None,
            kept: Kept::Owners(BestOfOwners::new(limit)),
        }
    }

    /// Whether a document of at most this rank value may still come in. One that equals the worst
    /// kept may, since ties break by key.
    pub(crate) fn may_take(&self, bound: f64) -> bool {
        self.least().is_none_or(|least| bound >= least)
    }

    /// The rank value that a document must reach to come in; `None` while there is room.
    pub(crate) fn least(&self) -> Option<f64> {
        match &self.kept {
            Kept::Documents(kept) => {
                let worst = kept.peek().filter(|_| kept.len() >= self.limit);
                worst.map(|worst| worst.0.rank_value)
            }
            Kept::Owners(kept) => kept.least(),
        }
    }

    /// How many are kept, each of which is or has a match.
    pub(crate) fn len(&self) -> usize {
        match &self.kept {
            Kept::Documents(kept) => kept.len(),
            Kept::Owners(kept) => kept.len(),
        }
    }

    /// Whether each match that was offered is kept, and none was left out for being too bad.
    pub(crate) fn holds_every_match(&self) -> bool {
        match &self.kept {
            Kept::Documents(kept) => self.after.is_none() && kept.len() < self.limit,
            Kept::Owners(_) => false,
        }
    }

    pub(crate) fn offer(&mut self, candidate: Candidate) {
        if self
            .after
            .is_some_and(|after| !is_behind(&candidate, after))
            || self.limit == 0
        {
            return;
        }
        match &mut self.kept {
            Kept::Documents(kept) if kept.len() < self.limit => kept.push(Ordered(candidate)),
            Kept::Documents(kept) => {
                if let Some(mut worst) = kept.peek_mut()
                    && Ordered(candidate) < *worst
                {
                    *worst = Ordered(candidate);
                }
            }
            Kept::Owners(kept) => kept.offer(candidate),
        }
    }

    /// The best first.
    pub(crate) fn into_sorted(self) -> Vec<Candidate> {
        match self.kept {
            Kept::Documents(kept) => kept.into_sorted_vec().into_iter().map(|it| it.0).collect(),
            Kept::Owners(kept) => kept.into_sorted(),
        }
    }
}

/// Better candidates are less: a higher rank value, or an equal one and a lower key.
fn better(a: &Candidate, b: &Candidate) -> Ordering {
    b.rank_value
        .total_cmp(&a.rank_value)
        .then(a.key.cmp(&b.key))
}

fn is_behind(candidate: &Candidate, after: SearchAfter) -> bool {
    let order = after.rank_value.total_cmp(&candidate.rank_value);
    order.then(candidate.key.cmp(&after.key.as_u128())) == Ordering::Greater
}

impl Ord for Ordered {
    fn cmp(&self, other: &Ordered) -> Ordering {
        better(&self.0, &other.0)
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Ordered) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ordered {
    fn eq(&self, other: &Ordered) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ordered {}
