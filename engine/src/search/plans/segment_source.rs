//! The segments that a plan reads, with their matches and bounds.

use std::sync::Arc;

use super::state::SearchState;
use crate::index::{Snapshot, StaticBounds, StoreError, Tree};
use crate::search::terms::{
    BoundedCursor, BoundedMatches, ForwardCursor, ForwardMatches, Matches, TermCursor, TermQuery,
};

/// A segment that can contain matches.
pub(super) struct SegmentSource<'a, C> {
    pub(super) segment: u32,
    /// `None` if the query has no terms.
    pub(super) matches: Option<Matches<'a, C>>,
    /// `None` until a search has computed them.
    pub(super) static_bounds: Option<Arc<StaticBounds>>,
}

/// A segment whose matches are read forward.
pub(super) type ForwardSource<'a> = SegmentSource<'a, ForwardCursor<'a>>;

/// A segment whose matches are read leaf by leaf.
pub(super) type BoundedSource<'a> = SegmentSource<'a, BoundedCursor<'a>>;

/// All segments, for a query without terms.
pub(super) fn open_all<'t>(state: &SearchState<'_>) -> Vec<BoundedSource<'t>> {
    let segments = 0..state.snapshot.segments.len();
    sorted(state, segments.map(|segment| (segment, None)).collect())
}

/// The segments that can contain a match, with matches to read forward. Leaves segments out once
/// the budget is exhausted.
pub(super) fn open_forward<'t>(
    state: &mut SearchState<'_>,
    terms: &'t TermQuery,
) -> Result<Vec<ForwardSource<'t>>, StoreError> {
    let mut opened = Vec::new();
    for (segment, view) in state.snapshot.segments.iter().enumerate() {
        if let Some(matches) = ForwardMatches::open(terms, segment, view, state.budget)? {
            opened.push((segment, Some(matches)));
        }
    }
    Ok(sorted(state, opened))
}

/// The segments that can contain a match, with matches to read leaf by leaf. Computes the term
/// bounds that are missing, and leaves segments out once the budget is exhausted.
pub(super) fn open_bounded<'t>(
    state: &mut SearchState<'_>,
    terms: &'t TermQuery,
) -> Result<Vec<BoundedSource<'t>>, StoreError> {
    let mut opened = Vec::new();
    for (segment, view) in state.snapshot.segments.iter().enumerate() {
        let matches = BoundedMatches::open_bounded(terms, segment, view, state.budget)?;
        if let Some(matches) = matches {
            opened.push((segment, Some(matches)));
        }
    }
    Ok(sorted(state, opened))
}

/// The segment with the best bound first.
fn sorted<'t, C>(
    state: &SearchState<'_>,
    opened: Vec<(usize, Option<Matches<'t, C>>)>,
) -> Vec<SegmentSource<'t, C>> {
    let bounds = state.bounds();
    let static_scorer = bounds.static_scorer();
    let sources = opened.into_iter().map(|(segment, matches)| {
        let view = &state.snapshot.segments[segment];
        let static_bounds =
            static_scorer.and_then(|terms| view.segment.bounds.cached_static_bounds(&terms));
        let bound = bounds.rank_value_max(&view.segment.tree, 0, 1.0, static_bounds.as_deref());
        let source = SegmentSource {
            segment: u32::try_from(segment).unwrap_or(u32::MAX),
            matches,
            static_bounds,
        };
        (bound, source)
    });
    let mut sources: Vec<(f64, SegmentSource<'t, C>)> = sources.collect();
    sources.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    sources.into_iter().map(|(_, source)| source).collect()
}

impl<C> SegmentSource<'_, C> {
    /// The tree of the segment.
    pub(super) fn tree<'s>(&self, state: &SearchState<'s>) -> &'s Tree {
        let snapshot: &'s Snapshot = state.snapshot;
        &snapshot.segments[self.segment as usize].segment.tree
    }
}

impl<C: TermCursor> SegmentSource<'_, C> {
    /// The number of query terms.
    pub(super) fn term_count(&self) -> u32 {
        let count = self.matches.as_ref().map_or(0, Matches::term_count);
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// An upper bound of the rank value of every match below a node; `None` if there is no match.
    #[inline]
    pub(super) fn bound(&self, state: &SearchState<'_>, tree: &Tree, node: u32) -> Option<f64> {
        let text = match &self.matches {
            None => 0.0,
            Some(matches) => matches.score_max(tree, node)?,
        };
        let static_bounds = self.static_bounds.as_deref();
        let bounds = state.bounds();
        Some(bounds.rank_value_max(tree, node, text, static_bounds))
    }

    /// Computes the static bounds of the segment if they are missing.
    pub(super) fn compute_static_bounds(&mut self, state: &mut SearchState<'_>) {
        let segment = &state.snapshot.segments[self.segment as usize].segment;
        if let (None, Some(terms)) = (&self.static_bounds, state.bounds().static_scorer()) {
            self.static_bounds =
                segment.static_bounds(&terms, &state.query.context.signals, state.budget);
        }
    }
}
