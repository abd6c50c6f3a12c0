//! Top-k collector of documents: keeps the best candidates.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::candidate::Candidate;

/// The best `limit` candidates.
pub(super) struct TopDocuments {
    limit: usize,
    /// The worst on top. A heap moves its items often, so they are small.
    ranks: BinaryHeap<Rank>,
    candidates: Vec<Candidate>,
}

/// The rank of a kept candidate: better ones are less, as they come first.
#[derive(Clone, Copy)]
struct Rank {
    value: f64,
    /// The halves of the key, which take less space than a whole: it would be aligned.
    key: (u64, u64),
    /// The index among the candidates.
    at: usize,
}

impl TopDocuments {
    pub(super) fn new(limit: usize) -> TopDocuments {
        TopDocuments {
            limit,
            ranks: BinaryHeap::with_capacity(limit.min(1024)),
            candidates: Vec::with_capacity(limit.min(1024)),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.candidates.len()
    }

    /// The lowest rank value that can enter; `None` until `limit` candidates are kept.
    #[inline]
    pub(super) fn competitive_min(&self) -> Option<f64> {
        let worst = self.ranks.peek().filter(|_| self.len() >= self.limit);
        worst.map(|worst| worst.value)
    }

    #[inline]
    pub(super) fn collect(&mut self, candidate: Candidate) {
        let mut rank = Rank::of(&candidate, self.candidates.len());
        if self.candidates.len() < self.limit {
            self.ranks.push(rank);
            self.candidates.push(candidate);
        } else if let Some(mut worst) = self.ranks.peek_mut()
            && rank < *worst
        {
            rank.at = worst.at;
            self.candidates[rank.at] = candidate;
            *worst = rank;
        }
    }

    /// The best first.
    pub(super) fn into_sorted(self) -> Vec<Candidate> {
        let candidates = self.candidates;
        let ranks = self.ranks.into_sorted_vec().into_iter();
        ranks.map(|rank| candidates[rank.at]).collect()
    }
}

impl Rank {
    fn of(candidate: &Candidate, at: usize) -> Rank {
        Rank {
            value: candidate.rank_value,
            key: ((candidate.key >> 64) as u64, candidate.key as u64),
            at,
        }
    }
}

impl Ord for Rank {
    /// A higher rank value comes first; ties break by key, lowest first.
    fn cmp(&self, other: &Rank) -> Ordering {
        let by_value = other.value.total_cmp(&self.value);
        by_value.then(self.key.cmp(&other.key))
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Rank) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rank {
    fn eq(&self, other: &Rank) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Rank {}
