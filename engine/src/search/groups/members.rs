//! Collects the best matches of each owner on a page.

use std::collections::HashMap;

use crate::control::search_budget::SearchBudget;
use crate::index::{Snapshot, StoreError};
use crate::query::Query;
use crate::search::collector::{Candidate, TopCollector};
use crate::search::compiled::CompiledQuery;
use crate::search::compiled::filter::Filter;
use crate::search::match_iter::MatchIter;
use crate::search::terms::TermQuery;
use crate::signals::OwnerOrdinal;

/// The matches of the owners on a page.
pub(super) struct Members {
    owners: HashMap<OwnerOrdinal, OwnerMatches>,
    hits_max: usize,
}

struct OwnerMatches {
    /// The document that brought the owner on the page, which is collected already.
    best: Candidate,
    total: u64,
    top: TopCollector,
}

impl Members {
    pub(super) fn of(bests: &[Candidate], hits_max: usize) -> Members {
        let owned = bests.iter().filter(|best| best.owner != OwnerOrdinal::NONE);
        let owners = owned.map(|&best| {
            let mut top = TopCollector::new(hits_max, None);
            top.collect(best);
            let total = 1;
            (best.owner, OwnerMatches { best, total, top })
        });
        Members {
            owners: owners.collect(),
            hits_max,
        }
    }

    /// Walks all matches of the owners.
    pub(super) fn fill(
        &mut self,
        snapshot: &Snapshot,
        compiled: &CompiledQuery<'_>,
        query: &Query,
        terms: Option<&TermQuery>,
        budget: &mut SearchBudget,
    ) -> Result<(), StoreError> {
        if self.owners.is_empty() {
            return Ok(());
        }
        let owners = self.owners.keys().copied().collect();
        let filter = Filter::new(query, snapshot, &compiled.context)?.of_owners(owners);
        for (segment, view) in (0..).zip(&snapshot.segments) {
            let matches =
                MatchIter::of_segment(snapshot, segment as usize, &filter, terms, budget)?;
            let Some(mut matches) = matches else { continue };
            let owners = &view.segment.columns.owners;
            while let Some(doc) = matches.next(budget) {
                let owner = self.owners.get_mut(&owners[doc as usize]);
                let Some(owner) = owner else { continue };
                if (owner.best.segment, owner.best.doc) == (segment, doc) {
                    continue;
                }
                owner.total += 1;
                let text = matches.text_score();
                owner
                    .top
                    .collect(compiled.scorer.candidate(view, segment, doc, text));
            }
        }
        Ok(())
    }

    /// The number of matches in a group, and the best of them.
    pub(super) fn take(&mut self, best: &Candidate) -> (u64, Vec<Candidate>) {
        match self.owners.remove(&best.owner) {
            Some(owner) => (owner.total, owner.top.into_sorted()),
            None => (1, vec![*best; 1.min(self.hits_max)]),
        }
    }
}
