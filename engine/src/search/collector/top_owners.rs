//! Top-k collector of owners: keeps the best document of each of the best owners.

use std::collections::{BTreeSet, HashMap};

use super::candidate::{ByRank, Candidate};
use crate::signals::OwnerOrdinal;

/// The best document of each of the best `limit` owners. A document without an owner is an owner of
/// its own.
pub(super) struct TopOwners {
    limit: usize,
    /// The best first.
    ranked: BTreeSet<ByRank>,
    /// The kept document of each owner.
    of_owner: HashMap<OwnerOrdinal, Candidate>,
}

impl TopOwners {
    pub(super) fn new(limit: usize) -> TopOwners {
        TopOwners {
            limit,
            ranked: BTreeSet::new(),
            of_owner: HashMap::new(),
        }
    }

    /// The lowest rank value that can enter; `None` until `limit` owners are kept. A document below
    /// it is not the best of its owner, or its owner is not among the best.
    pub(super) fn competitive_min(&self) -> Option<f64> {
        let worst = self
            .ranked
            .last()
            .filter(|_| self.ranked.len() >= self.limit);
        worst.map(|worst| worst.0.rank_value)
    }

    pub(super) fn len(&self) -> usize {
        self.ranked.len()
    }

    pub(super) fn collect(&mut self, candidate: Candidate) {
        let collected = ByRank(candidate);
        if let Some(&before) = self.of_owner.get(&candidate.owner) {
            if collected >= ByRank(before) {
                return;
            }
            self.ranked.remove(&ByRank(before));
        } else if self.ranked.len() >= self.limit {
            if self.ranked.last().is_none_or(|worst| collected >= *worst) {
                return;
            }
            if let Some(worst) = self.ranked.pop_last() {
                self.of_owner.remove(&worst.0.owner);
            }
        }
        if candidate.owner != OwnerOrdinal::NONE {
            self.of_owner.insert(candidate.owner, candidate);
        }
        self.ranked.insert(collected);
    }

    /// The best first.
    pub(super) fn into_sorted(self) -> Vec<Candidate> {
        self.ranked.into_iter().map(|it| it.0).collect()
    }
}
