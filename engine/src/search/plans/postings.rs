//! Plan `postings`: scores the documents that contain the query terms, along their postings.
//!
//! Documents are in H3 order, so the nodes that the filter does not exclude are ranges of the
//! postings, and the cursors skip what lies between. Once enough matches are counted, nodes whose
//! bound is not competitive are skipped as well.

use super::segment_source::SegmentSource;
use super::state::{Candidates, SearchState};
use crate::control::search_budget::BudgetExhausted;
use crate::geo::area::Relation;
use crate::index::bits::first_bits;
use crate::search::compiled::scoring::CompetitiveDocs;
use crate::search::terms::TermCursor;

pub(super) fn run<C: TermCursor>(
    state: &mut SearchState<'_>,
    sources: &mut [SegmentSource<'_, C>],
) {
    for source in sources {
        if walk(state, source).is_err() {
            return;
        }
    }
}

fn walk<C: TermCursor>(
    state: &mut SearchState<'_>,
    source: &mut SegmentSource<'_, C>,
) -> Result<(), BudgetExhausted> {
    let view = &state.snapshot.segments[source.segment as usize];
    let tree = &view.segment.tree;
    // A stack of the nodes that are left, the first in document order on top.
    let mut nodes = vec![0];
    while let Some(at) = nodes.pop() {
        let node = tree.node(at);
        let (matches, budget) = (source.matches.as_mut(), &mut *state.budget);
        let next = matches.map_or(u32::MAX, |it| it.seek(node.docs.start, budget));
        if next >= node.docs.end {
            continue;
        }
        let steps = state.query.filter.steps_per_node();
        state.budget.visit_node(steps)?;
        // A node matters if its matches are to be counted or can be competitive.
        let matters = state.counter.needs_more()
            || source
                .bound(state, tree, at)
                .is_some_and(|bound| state.top.is_competitive(bound));
        if !matters {
            continue;
        }
        let relation = state.query.filter.relation(tree, at);
        if relation == Relation::Outside {
            continue;
        }
        if !node.children.is_empty() {
            nodes.extend(node.children.clone().rev());
        } else if let Some(matches) = &mut source.matches {
            let candidates = Candidates {
                first: node.docs.start,
                docs: first_bits(node.docs.end - node.docs.start),
                are_inside: relation == Relation::Inside,
            };
            let all = CompetitiveDocs::ALL;
            let matching = state.collect_matches(view, source.segment, matches, candidates, all);
            state.counter.add(matching);
        }
    }
    Ok(())
}
