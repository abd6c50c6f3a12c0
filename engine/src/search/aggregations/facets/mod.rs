//! Facets: counts all matches of a query by the values of some attributes.
//!
//! A facet ignores the filter on its own attribute if that filter accepts any of several values or
//! a range, so facets without such a filter share one walk over the matches and each other facet
//! has its own. The filter by tags requires all of them and stays. All facets use the terms that
//! the hits were found by. Memory depends on the number of possible values, not on the number of
//! matches.

mod counts;
mod tally;

use crate::control::search_budget::SearchBudget;
use crate::geo::Radius;
use crate::index::{Snapshot, StoreError};
use crate::query::{Facet, Query};
use crate::search::compiled::SearchContext;
use crate::search::compiled::filter::Filter;
use crate::search::match_iter::MatchIter;
use crate::search::terms::TermQuery;
pub use counts::{FacetCount, FacetCounts, FacetValue};
use tally::Tally;

/// Counts the matches of a query by each of its facets, until the budget is exhausted.
pub(crate) fn count(
    snapshot: &Snapshot,
    context: &SearchContext,
    query: &Query,
    terms: Option<&TermQuery>,
    budget: &mut SearchBudget,
) -> Result<Vec<FacetCounts>, StoreError> {
    let facets = query.facets.iter();
    let mut tallies: Vec<Tally<'_>> = facets
        .map(|facet| Tally::new(facet, query, snapshot))
        .collect();
    let (mut shared, mut own) = (Vec::new(), Vec::new());
    for tally in &mut tallies {
        match without_own_filter(tally.facet(), query) {
            None => shared.push(tally),
            Some(wider) => own.push((wider, tally)),
        }
    }
    if !shared.is_empty() {
        add_matches(snapshot, context, query, terms, &mut shared, budget)?;
    }
    for (wider, tally) in own {
        add_matches(snapshot, context, &wider, terms, &mut [tally], budget)?;
    }
    let counts = tallies.into_iter().map(|tally| tally.finish(snapshot));
    Ok(counts.collect())
}

/// The query without its filter on the facet's own attribute; `None` if it has none. A further tag
/// narrows the search, so the counts of tags keep the filter: the count of a tag is the number of
/// matches if it was required as well.
fn without_own_filter(facet: &Facet, query: &Query) -> Option<Query> {
    let filters = &query.filters;
    let (mut radius, mut radius_min, mut wider) = (query.radius, query.radius_min, filters.clone());
    match facet {
        Facet::Tag(_) => {}
        Facet::Distance(edges) => {
            radius = radius.and_then(|_| Radius::new(edges.last()).ok());
            radius_min = None;
        }
        Facet::Category(_) | Facet::Flag(_) | Facet::Name(..) | Facet::Number(..) => {
            let attributes = &mut wider.attributes;
            attributes.retain(|condition| condition.field() != facet.field());
        }
    }
    let is_same = radius == query.radius && radius_min == query.radius_min && wider == *filters;
    (!is_same).then(|| Query {
        radius,
        radius_min,
        filters: wider,
        ..query.clone()
    })
}

/// Matches are counted in batches, column by column.
const BATCH: usize = 128;

/// The facets by which a match is counted in one step.
const TALLIES_PER_STEP: usize = 4;

fn add_matches(
    snapshot: &Snapshot,
    context: &SearchContext,
    query: &Query,
    terms: Option<&TermQuery>,
    tallies: &mut [&mut Tally<'_>],
    budget: &mut SearchBudget,
) -> Result<(), StoreError> {
    let filter = Filter::new(query, snapshot, context)?;
    for segment in 0..snapshot.segments.len() {
        let matches = MatchIter::of_segment(snapshot, segment, &filter, terms, budget)?;
        let Some(mut matches) = matches else { continue };
        let columns = &matches.view().segment.columns;
        let steps = u32::try_from(tallies.len() / TALLIES_PER_STEP).unwrap_or(u32::MAX);
        let (mut batch, mut filled) = ([0; BATCH], 0);
        while let Some(doc) = matches.next(budget) {
            batch[filled] = doc;
            filled += 1;
            if filled == BATCH {
                filled = 0;
                // The next match notices if this exhausts the budget.
                let _ = budget.spend(steps.saturating_mul(BATCH as u32));
                tallies.iter_mut().for_each(|it| it.add(columns, &batch));
            }
        }
        let rest = &batch[..filled];
        tallies.iter_mut().for_each(|it| it.add(columns, rest));
    }
    Ok(())
}
