//! Plans `best_first` and `words_best_first`: top-k search over the segment trees, best bound
//! first.
//!
//! Each visited node is either a leaf, whose competitive documents are scored, or makes way for its
//! children. Once the k-th best document is better than the bound of every node that is left, the
//! search ends. The number of visited nodes hardly grows with the radius. If the query has terms,
//! the bound of a node adds up what each term can add below it, and nodes without a match drop out.

use std::ops::Range;

use super::candidates;
use super::leaf_by_leaf;
use super::segment_source::BoundedSource;
use super::state::{Candidates, SearchState};
use super::visit_order::{Pending, VisitOrder};
use crate::index::{SegmentView, StaticBounds};
use crate::search::compiled::scoring::CompetitiveDocs;

pub(super) fn run(state: &mut SearchState<'_>, sources: &mut [BoundedSource<'_>]) {
    let tuning = state.snapshot.tuning;
    let mut order = VisitOrder::of_roots(state, sources);
    let mut has_static_bounds = state.bounds().static_scorer().is_none();
    let nodes_max = nodes_before_leaf_by_leaf(state);
    let mut may_have_few_candidates =
        state.query.filter.has_bitmaps() && sources.iter().all(|source| source.matches.is_none());
    // The leaves visited by bound, by source and node.
    let mut leaves = Vec::new();
    while let Some(pending) = order.next(state, sources) {
        let is_by_bound = order.is_by_bound();
        let is_long = state.budget.statistics.nodes_visited > tuning.nodes_before_static_bounds;
        if is_by_bound && is_long && !has_static_bounds {
            has_static_bounds = true;
            for source in &mut *sources {
                source.compute_static_bounds(state);
            }
        }
        let source = &mut sources[pending.source as usize];
        let view = &state.snapshot.segments[source.segment as usize];
        if view.segment.tree.node(pending.node).children.is_empty() {
            collect_leaf(state, view, source, pending);
            if is_by_bound {
                leaves.push((pending.source, pending.node));
            }
        } else {
            order.add_children(state, sources, pending);
        }
        if !is_by_bound {
            continue;
        }
        let nodes_visited = state.budget.statistics.nodes_visited;
        let ends_by_bound = leaves.len() == tuning.leaves_by_bound;
        let is_long = ends_by_bound || nodes_visited > tuning.nodes_before_candidates;
        if may_have_few_candidates && is_long {
            may_have_few_candidates = false;
            if candidates::run(state, sources, &leaves) {
                return;
            }
        }
        if nodes_visited > nodes_max && sources.iter().all(leaf_by_leaf::applies) {
            return leaf_by_leaf::run(state, sources, &leaves);
        }
        if ends_by_bound {
            order = order.into_document_order(state, sources);
        }
    }
}

/// The number of nodes after which going through all leaves is cheaper than the queue. Near a
/// center that is never the case.
fn nodes_before_leaf_by_leaf(state: &SearchState<'_>) -> u64 {
    if state.query.scorer.prefers_places() {
        return u64::MAX;
    }
    let segments = state.snapshot.segments.iter();
    let leaves: usize = segments.map(|view| view.segment.tree.leaves().len()).sum();
    leaves as u64 / state.snapshot.tuning.leaves_per_queued_node
}

/// Scores the competitive matches in a leaf and collects them.
fn collect_leaf(
    state: &mut SearchState<'_>,
    view: &SegmentView,
    source: &mut BoundedSource<'_>,
    pending: Pending,
) {
    if source.matches.is_some() {
        return collect_leaf_with_terms(state, view, source, pending);
    }
    let static_bounds = source.static_bounds.as_deref();
    let competitive = competitive_docs(state, view, pending.node, 0.0, static_bounds);
    let (columns, docs) = (&view.segment.columns, docs_of(view, pending));
    let shown = state.query.filter.shown(view, docs.clone());
    let candidates = competitive.retain(columns, docs.start, shown);
    let steps = state.query.filter.steps();
    if state.budget.spend(steps * candidates.count_ones()).is_ok() {
        let accepted = {
            let filter = &state.query.filter;
            filter.accepted(view, docs.start, candidates, pending.is_inside)
        };
        state.collect_all(view, source.segment, (docs.start, accepted), competitive);
    }
}

/// The same for a query with terms, apart, so that the search without terms stays small.
#[inline(never)]
fn collect_leaf_with_terms(
    state: &mut SearchState<'_>,
    view: &SegmentView,
    source: &mut BoundedSource<'_>,
    pending: Pending,
) {
    let (tree, columns) = (&view.segment.tree, &view.segment.columns);
    let BoundedSource {
        segment,
        matches: Some(matches),
        static_bounds,
    } = source
    else {
        return;
    };
    let text = matches.score_max(tree, pending.node).unwrap_or(0.0);
    let static_bounds = static_bounds.as_deref();
    let competitive = competitive_docs(state, view, pending.node, text, static_bounds);
    let docs = docs_of(view, pending);
    let candidates = Candidates {
        first: docs.start,
        docs: competitive.retain(columns, docs.start, matches.possible(docs)),
        are_inside: pending.is_inside,
    };
    if candidates.docs != 0 {
        let first = candidates.first_doc();
        matches.jump(tree.ordinal_of_leaf(pending.node), first, state.budget);
        state.collect_matches(view, *segment, matches, candidates, competitive);
    }
}

/// The conditions on the documents of a leaf, if `text` is an upper bound of their text component.
#[inline]
fn competitive_docs<'a>(
    state: &SearchState<'_>,
    view: &SegmentView,
    leaf: u32,
    text: f64,
    static_bounds: Option<&'a StaticBounds>,
) -> CompetitiveDocs<'a> {
    match state.top.competitive_min() {
        None => CompetitiveDocs::ALL,
        Some(min) => {
            let (bounds, tree) = (state.bounds(), &view.segment.tree);
            CompetitiveDocs::below_node(&bounds, tree, leaf, text, static_bounds, min)
        }
    }
}

fn docs_of(view: &SegmentView, pending: Pending) -> Range<u32> {
    view.segment.tree.node(pending.node).docs.clone()
}
