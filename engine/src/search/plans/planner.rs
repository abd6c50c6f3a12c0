//! Chooses the plan that looks cheapest for a query.
//!
//! Without terms, best-first visits some hundreds of nodes for a page of hits, whatever the radius.
//! A scan wins only where nearly every document must be visited anyway: for a page far down, among
//! few documents. With terms, best-first needs bounds of each term, which cost one walk along its
//! postings. For rare terms, and for the first searches near a place, walking the postings
//! themselves is cheaper.

use crate::geo::area::Relation;
use crate::index::Snapshot;
use crate::query::{PlanName, Query};
use crate::search::compiled::filter::Filter;
use crate::search::terms::TermQuery;

/// The number of searches near a place that do without the bounds of a term before one computes
/// them.
const MISSES_MAX: u32 = 4;

/// A scan is cheaper if the requested hits are more than one in this many of the documents that can
/// match.
const DOCUMENTS_PER_HIT_TO_SCAN: u64 = 8;

/// The plan that the query asks for if it applies, else the one that looks cheapest.
pub(crate) fn choose(
    snapshot: &Snapshot,
    filter: &Filter<'_>,
    query: &Query,
    terms: Option<&TermQuery>,
) -> PlanName {
    match (terms, query.plan) {
        (None, Some(PlanName::Scan)) => PlanName::Scan,
        (None, Some(_)) => PlanName::BestFirst,
        (None, None) => choose_without_terms(snapshot, filter, query),
        (Some(_), Some(PlanName::BestFirst | PlanName::WordsBestFirst)) => PlanName::WordsBestFirst,
        (Some(_), Some(PlanName::Postings | PlanName::Scan)) => PlanName::Postings,
        (Some(terms), None) => choose_with_terms(snapshot, query, terms),
    }
}

fn choose_without_terms(snapshot: &Snapshot, filter: &Filter<'_>, query: &Query) -> PlanName {
    let hits = query.page_end();
    let documents_max = (hits as u64).saturating_mul(DOCUMENTS_PER_HIT_TO_SCAN);
    if hits > snapshot.tuning.short_page_hits && !has_more_than(documents_max, snapshot, filter) {
        PlanName::Scan
    } else {
        PlanName::BestFirst
    }
}

fn choose_with_terms(snapshot: &Snapshot, query: &Query, terms: &TermQuery) -> PlanName {
    if terms.matches_max() <= snapshot.tuning.few_matches {
        return PlanName::Postings;
    }
    let is_near = query.center.is_some() && query.radius.is_some();
    let segments = snapshot.segments.iter().enumerate();
    let misses = segments.map(|(segment, view)| terms.bounds_misses(segment, view));
    if is_near && misses.min().unwrap_or(0) < MISSES_MAX {
        PlanName::Postings
    } else {
        PlanName::WordsBestFirst
    }
}

/// Whether more than `max` documents lie in nodes that the filter does not exclude. It visits few
/// nodes, since it does not descend into those that are certain or small.
fn has_more_than(max: u64, snapshot: &Snapshot, filter: &Filter<'_>) -> bool {
    let mut nodes: Vec<_> = snapshot.segments.iter().map(|view| (view, 0)).collect();
    let mut found = 0;
    while let Some((view, at)) = nodes.pop() {
        let tree = &view.segment.tree;
        let node = tree.node(at);
        match filter.relation(tree, at) {
            Relation::Outside => {}
            Relation::Crosses if !node.children.is_empty() => {
                nodes.extend(node.children.clone().map(|child| (view, child)));
            }
            Relation::Crosses | Relation::Inside => {
                found += u64::from(node.docs.end - node.docs.start);
            }
        }
        if found > max {
            return true;
        }
    }
    false
}
