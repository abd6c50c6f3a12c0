//! Scores the few documents that the bitmaps of a filter leave.
//!
//! If a filter accepts one document in thousands, nearly every node may contain one, so bounds
//! exclude little. A best-first search that has become long then combines the bitmaps of the whole
//! segment instead, and scores what they leave.

use super::segment_source::BoundedSource;
use super::state::SearchState;
use crate::control::search_budget::BudgetExhausted;
use crate::index::SegmentView;
use crate::index::bits::retain;
use crate::search::compiled::scoring::CompetitiveDocs;

/// Scores the candidates of all segments, except those in leaves that were visited before, which
/// are given by source and node, and counts all matches. `false` without having done anything if
/// there are too many candidates, and once the budget is exhausted. Not inlined, because few
/// searches come here.
#[inline(never)]
pub(super) fn run(
    state: &mut SearchState<'_>,
    sources: &[BoundedSource<'_>],
    visited: &[(u32, u32)],
) -> bool {
    let Some(candidates) = few_candidates(state, sources) else {
        return false;
    };
    let mut matches = 0;
    for ((at, source), candidates) in (0..).zip(sources).zip(candidates) {
        let visited = visited.iter().filter(|(source, _)| *source == at);
        let tree = source.tree(state);
        let mut seen: Vec<_> = visited
            .map(|&(_, leaf)| tree.node(leaf).docs.clone())
            .collect();
        seen.sort_unstable_by_key(|docs| docs.start);
        let is_seen = |doc: usize| {
            let after = seen.partition_point(|docs| docs.start as usize <= doc);
            after > 0 && doc < seen[after - 1].end as usize
        };
        match collect(state, source.segment, &candidates, is_seen) {
            Ok(found) => matches += found,
            Err(BudgetExhausted) => return true,
        }
    }
    state.counter.complete(matches);
    true
}

/// The candidates of each source; `None` if there are many.
fn few_candidates(
    state: &mut SearchState<'_>,
    sources: &[BoundedSource<'_>],
) -> Option<Vec<Vec<u64>>> {
    let snapshot = state.snapshot;
    let documents = |source: &BoundedSource<'_>| {
        let view = &snapshot.segments[source.segment as usize];
        view.segment.columns.keys.len() as u64
    };
    let documents: u64 = sources.iter().map(documents).sum();
    let mut left = documents / snapshot.tuning.documents_per_candidate;
    let mut all = Vec::with_capacity(sources.len());
    for source in sources {
        let view = &snapshot.segments[source.segment as usize];
        let candidates = state.query.filter.candidates(view, state.budget).ok()?;
        let count = candidates.iter().map(|docs| u64::from(docs.count_ones()));
        left = left.checked_sub(count.sum())?;
        all.push(candidates);
    }
    Some(all)
}

/// Collects the unseen matches among some candidates of a segment, and returns the number of all
/// matches among them.
fn collect(
    state: &mut SearchState<'_>,
    segment: u32,
    candidates: &[u64],
    is_seen: impl Fn(usize) -> bool,
) -> Result<u64, BudgetExhausted> {
    let view: &SegmentView = &state.snapshot.segments[segment as usize];
    let mut matches = 0;
    for (first, &docs) in (0..).step_by(64).zip(candidates) {
        if docs == 0 {
            continue;
        }
        let steps = state.query.filter.steps();
        state.budget.spend(steps * docs.count_ones())?;
        let accepted = state.query.filter.accepted(view, first, docs, false);
        matches += u64::from(accepted.count_ones());
        let unseen = retain(accepted, first, |doc| !is_seen(doc));
        state.collect_all(view, segment, (first, unseen), CompetitiveDocs::ALL);
    }
    Ok(matches)
}
