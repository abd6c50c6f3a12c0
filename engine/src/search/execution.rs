//! Finds the top documents of a query: chooses a plan, runs it, and relaxes the query terms if too
//! few documents match.

use uuid::Uuid;

use super::collector::{Candidate, Counter, TopCollector, Total};
use super::compiled::CompiledQuery;
use super::plans::{self, SearchState};
use super::results::Trace;
use super::terms::TermQuery;
use crate::control::search_budget::SearchBudget;
use crate::index::{Snapshot, StoreError};
use crate::query::{MatchMode, PlanName, Query, SearchAfter, Words};

/// The candidates of one page.
pub(crate) struct TopDocs {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) total: Option<Total>,
    pub(crate) next: Option<SearchAfter>,
    /// The query terms, relaxed as far as the candidates needed it.
    pub(crate) terms: Option<TermQuery>,
    pub(crate) trace: Trace,
}

/// A collector of the query's best documents. One more than the page needs shows whether there is a
/// next page.
pub(crate) fn page_collector(query: &Query) -> TopCollector {
    TopCollector::new(query.page_end().saturating_add(1), query.after)
}

/// Finds the documents of a page, with a new collector for each attempt. Finds none if the budget
/// is exhausted before all terms are expanded.
pub(crate) fn find(
    snapshot: &Snapshot,
    compiled: &CompiledQuery<'_>,
    query: &Query,
    budget: &mut SearchBudget,
    collector: impl Fn() -> TopCollector,
) -> Result<TopDocs, StoreError> {
    let words = query.text.as_ref().filter(|words| words.has_words());
    let mut terms = match words {
        Some(words) => TermQuery::look_up(words, snapshot, query.after, budget)?,
        None => None,
    };
    let min_matches = match words.map(Words::mode) {
        // A later page has the same optional terms as the first one.
        Some(MatchMode::Relaxed { min_matches }) if query.after.is_none() => min_matches,
        _ => 0,
    };
    loop {
        // If the dictionary shows that too few documents match, no search has to find that out.
        let too_few = terms.as_ref().filter(|it| it.matches_max() < min_matches);
        if let Some(relaxed) = too_few.and_then(TermQuery::relaxed) {
            terms = Some(relaxed);
        }
        let counter = Counter::new(query.count, min_matches);
        let mut state = SearchState::new(snapshot, compiled, collector(), counter, budget);
        let plan = plans::choose(snapshot, &compiled.filter, query, terms.as_ref());
        plans::run(plan, &mut state, terms.as_ref())?;
        let is_done =
            state.budget.is_exhausted() || state.counter.known(state.top.len()) >= min_matches;
        let relaxed = terms.as_ref().filter(|_| !is_done);
        let Some(relaxed) = relaxed.and_then(TermQuery::relaxed) else {
            return Ok(top_docs(state, plan, query, terms));
        };
        terms = Some(relaxed);
    }
}

fn top_docs(
    state: SearchState<'_>,
    plan: PlanName,
    query: &Query,
    terms: Option<TermQuery>,
) -> TopDocs {
    let SearchState {
        top,
        mut counter,
        budget,
        bound_at_stop,
        ..
    } = state;
    let mut candidates = top.into_sorted();
    let is_partial = budget.is_exhausted();
    if is_partial {
        counter.raise_to(candidates.len());
    }
    let has_more = candidates.len() > query.page_end();
    candidates.truncate(query.page_end());
    candidates.drain(..query.offset.min(candidates.len()));
    let last = candidates.last().filter(|_| has_more);
    let optional_words = terms.as_ref().map_or(0, TermQuery::optional_words_bits);
    let statistics = budget.statistics;
    TopDocs {
        next: last.map(|last| SearchAfter {
            rank_value: last.rank_value,
            key: Uuid::from_u128(last.key),
            optional_words,
        }),
        candidates,
        total: counter.total(is_partial),
        trace: Trace {
            plan,
            nodes_visited: statistics.nodes_visited,
            documents_scored: statistics.documents_scored,
            bound_at_stop,
            is_partial,
            expansions_dropped: terms.as_ref().map_or(0, TermQuery::expansions_dropped),
            steps: budget.steps_used(),
        },
        terms,
    }
}

impl TopDocs {
    /// The query terms that the matches may lack.
    pub(crate) fn optional_words(&self) -> Vec<String> {
        let terms = self.terms.as_ref();
        terms.map_or_else(Vec::new, TermQuery::optional_words)
    }
}
