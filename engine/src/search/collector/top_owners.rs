//! Which owners have the best documents so far?

use std::collections::{BTreeSet, HashMap};

use crate::search::top::{Candidate, Ordered};
use crate::signals::OwnerOrdinal;

/// The best document of each of the best `limit` owners. A document without an owner stands for
/// itself.
pub(crate) struct BestOfOwners {
    limit: usize,
    /// The best first.
    ranked: BTreeSet<Ordered>,
    /// The one of each owner among them.
    of_owner: HashMap<OwnerOrdinal, Candidate>,
}

impl BestOfOwners {
    pub(crate) fn new(limit: usize) -> BestOfOwners {
        BestOfOwners {
            limit,
            ranked: BTreeSet::new(),
            of_owner: HashMap::new(),
        }
    }

    /// The rank value that a document must reach to come in; `None` while there is room. A document
    /// below it is not its owner's best, or its owner does not come in.
    pub(crate) fn least(&self) -> Option<f64> {
        let worst = self
            .ranked
            .last()
            .filter(|_| self.ranked.len() >= self.limit);
        worst.map(|worst| worst.0.rank_value)
    }

    /// How many owners are kept.
    pub(crate) fn len(&self) -> usize {
        self.ranked.len()
    }

    pub(crate) fn offer(&mut self, candidate: Candidate) {
        let offered = Ordered(candidate);
        if let Some(&before) = self.of_owner.get(&candidate.owner) {
            if offered >= Ordered(before) {
                return;
            }
            self.ranked.remove(&Ordered(before));
        } else if self.ranked.len() >= self.limit {
            if self.ranked.last().is_none_or(|worst| offered >= *worst) {
                return;
            }
            if let Some(worst) = self.ranked.pop_last() {
                self.of_owner.remove(&worst.0.owner);
            }
        }
        if candidate.owner != OwnerOrdinal::NONE {
            self.of_owner.insert(candidate.owner, candidate);
        }
        self.ranked.insert(offered);
    }

    /// The best first.
    pub(crate) fn into_sorted(self) -> Vec<Candidate> {
        self.ranked.into_iter().map(|it| it.0).collect()
    }
}
