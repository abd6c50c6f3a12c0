//! Top-k collector: keeps the best `limit` candidates after a cursor.

use std::cmp::Ordering;

use super::candidate::Candidate;
use super::top_documents::TopDocuments;
use super::top_owners::TopOwners;
use crate::query::SearchAfter;

/// The best `limit` candidates after `after`. Its memory depends on the limit, not on the number of
/// matches.
pub(crate) struct TopCollector {
    limit: usize,
    after: Option<SearchAfter>,
    kept: Kept,
}

enum Kept {
    Documents(TopDocuments),
    Owners(TopOwners),
}

impl TopCollector {
    pub(crate) fn new(limit: usize, after: Option<SearchAfter>) -> TopCollector {
        TopCollector {
            limit,
            after,
            kept: Kept::Documents(TopDocuments::new(limit)),
        }
    }

    /// Keeps only the best document of each owner, for the best `limit` owners.
    pub(crate) fn of_owners(limit: usize) -> TopCollector {
        TopCollector {
            limit,
            after: None,
            kept: Kept::Owners(TopOwners::new(limit)),
        }
    }

    /// Whether a document with this upper bound of its rank value can still enter the top k. One
    /// that equals the worst kept document can, since ties break by key.
    pub(crate) fn is_competitive(&self, bound: f64) -> bool {
        self.competitive_min().is_none_or(|min| bound >= min)
    }

    /// The lowest rank value that can enter the top k; `None` until `limit` candidates are kept.
    pub(crate) fn competitive_min(&self) -> Option<f64> {
        match &self.kept {
            Kept::Documents(kept) => kept.competitive_min(),
            Kept::Owners(kept) => kept.competitive_min(),
        }
    }

    /// The number of kept documents or owners. Each of them stands for at least one match.
    pub(crate) fn len(&self) -> usize {
        match &self.kept {
            Kept::Documents(kept) => kept.len(),
            Kept::Owners(kept) => kept.len(),
        }
    }

    /// Whether every collected match is still kept, so that none was dropped for its rank.
    pub(crate) fn holds_all_matches(&self) -> bool {
        match &self.kept {
            Kept::Documents(kept) => self.after.is_none() && kept.len() < self.limit,
            Kept::Owners(_) => false,
        }
    }

    pub(crate) fn collect(&mut self, candidate: Candidate) {
        let is_on_an_earlier_page = self
            .after
            .is_some_and(|after| !comes_after(&candidate, after));
        if is_on_an_earlier_page || self.limit == 0 {
            return;
        }
        match &mut self.kept {
            Kept::Documents(kept) => kept.collect(candidate),
            Kept::Owners(kept) => kept.collect(candidate),
        }
    }

    /// The best first.
    pub(crate) fn into_sorted(self) -> Vec<Candidate> {
        match self.kept {
            Kept::Documents(kept) => kept.into_sorted(),
            Kept::Owners(kept) => kept.into_sorted(),
        }
    }
}

fn comes_after(candidate: &Candidate, after: SearchAfter) -> bool {
    let order = after.rank_value.total_cmp(&candidate.rank_value);
    order.then(candidate.key.cmp(&after.key.as_u128())) == Ordering::Greater
}
