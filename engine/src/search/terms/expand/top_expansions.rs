//! Keeps the best expansions of a query term up to a limit.

use std::cmp::Reverse;

use super::expansion::Expansion;

/// Lower ranks are better: fewer typos, then the query term itself before its continuations, then
/// more documents.
pub(super) type Rank = (u8, bool, Reverse<u64>);

/// The best expansions so far. Those of equal rank arrive in alphabetical order and keep it.
pub(super) struct TopExpansions {
    max: usize,
    kept: Vec<(Rank, Expansion)>,
    offered: u64,
    /// The worst rank of a full set. Whatever is not better arrives too late.
    worst: Option<Rank>,
}

impl TopExpansions {
    pub(super) fn new(max: usize) -> TopExpansions {
        TopExpansions {
            max,
            kept: Vec::new(),
            offered: 0,
            worst: None,
        }
    }

    pub(super) fn offer(&mut self, rank: Rank, expansion: impl FnOnce() -> Expansion) {
        self.offered += 1;
        if self.worst.is_none_or(|worst| rank < worst) {
            self.kept.push((rank, expansion()));
            if self.kept.len() >= 2 * self.max {
                self.cut();
            }
        }
    }

    /// The best first, and how many were dropped.
    pub(super) fn finish(mut self) -> (Vec<Expansion>, u64) {
        self.cut();
        let dropped = self.offered - self.kept.len() as u64;
        let kept = self.kept.into_iter();
        (kept.map(|(_, expansion)| expansion).collect(), dropped)
    }

    fn cut(&mut self) {
        self.kept.sort_by_key(|(rank, _)| *rank);
        self.kept.truncate(self.max);
        let is_full = self.kept.len() == self.max;
        self.worst = self.kept.last().filter(|_| is_full).map(|(rank, _)| *rank);
    }
}
