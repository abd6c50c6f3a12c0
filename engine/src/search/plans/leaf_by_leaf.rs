//! Goes through all leaves of a segment and skips those whose bound is not competitive.
//!
//! Without a center nearly every inner node has some competitive leaf below it, so their bounds
//! save little. A best-first search with terms then computes the bounds of all leaves at once
//! instead.

use super::leaf_bounds::LeafBounds;
use super::segment_source::BoundedSource;
use super::state::{Candidates, SearchState};
use crate::control::search_budget::BudgetExhausted;
use crate::control::tuning::Tuning;
use crate::geo::area::Relation;
use crate::search::compiled::scoring::CompetitiveDocs;

/// Whether a segment has the bounds that leaf by leaf needs.
pub(super) fn applies(source: &BoundedSource<'_>) -> bool {
    source.matches.is_some() && source.static_bounds.is_some()
}

/// Visits all leaves but those that were visited before, which are given by source and node.
pub(super) fn run(
    state: &mut SearchState<'_>,
    sources: &mut [BoundedSource<'_>],
    visited: &[(u32, u32)],
) {
    for (at, source) in (0..).zip(sources) {
        let visited = visited.iter().filter(|(source, _)| *source == at);
        let mut visited: Vec<u32> = visited.map(|&(_, leaf)| leaf).collect();
        visited.sort_unstable();
        if visit(state, source, &visited).is_err() {
            return;
        }
    }
}

/// Visits all leaves of a segment but the sorted ones that were visited before.
fn visit(
    state: &mut SearchState<'_>,
    source: &mut BoundedSource<'_>,
    visited: &[u32],
) -> Result<(), BudgetExhausted> {
    let view = &state.snapshot.segments[source.segment as usize];
    let tree = &view.segment.tree;
    let BoundedSource {
        segment,
        matches: Some(matches),
        static_bounds: Some(static_bounds),
    } = source
    else {
        return Ok(());
    };
    let node_bounds = state.bounds();
    let leaf_bounds = LeafBounds::new(&node_bounds, tree, matches, static_bounds);
    let mut bounds = [0.0; Tuning::LEAVES_AT_ONCE_MAX];
    let at_once = state.snapshot.tuning.leaves_at_once;
    let numbers = (0..).step_by(at_once);
    for (first_number, leaves) in numbers.zip(tree.leaves().chunks(at_once)) {
        state.budget.visit_nodes(leaves.len(), 1)?;
        let bounds = &mut bounds[..leaves.len()];
        leaf_bounds.fill(first_number, bounds);
        let mut min = state.top.competitive_min().unwrap_or(f64::NEG_INFINITY);
        for ((number, &leaf), bound) in (first_number..).zip(leaves).zip(bounds) {
            if *bound < min || visited.binary_search(&leaf).is_ok() {
                continue;
            }
            let docs = tree.cells().docs_of_leaf(number);
            let missing = min - leaf_bounds.without_static(number);
            let competitive =
                CompetitiveDocs::by_static_bounds(&node_bounds, static_bounds, missing);
            let columns = &view.segment.columns;
            let possible = matches.possible(docs.clone());
            let candidates = competitive.retain(columns, docs.start, possible);
            if candidates == 0 {
                continue;
            }
            state.budget.spend(state.query.filter.steps_per_node())?;
            let relation = state.query.filter.relation(tree, leaf);
            if relation != Relation::Outside {
                let candidates = Candidates {
                    first: docs.start,
                    docs: candidates,
                    are_inside: relation == Relation::Inside,
                };
                matches.jump(number, candidates.first_doc(), state.budget);
                state.collect_matches(view, *segment, matches, candidates, competitive);
                min = state.top.competitive_min().unwrap_or(f64::NEG_INFINITY);
            }
        }
    }
    Ok(())
}
