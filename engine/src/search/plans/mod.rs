//! The plans: four ways to find the best documents of a query. All return the same hits.

mod best_first;
mod candidates;
mod count;
mod leaf_bounds;
mod leaf_by_leaf;
mod planner;
mod postings;
mod scan;
mod segment_source;
mod state;
mod visit_order;

pub(crate) use planner::choose;
pub(crate) use state::SearchState;

use super::terms::TermQuery;
use crate::index::StoreError;
use crate::query::PlanName;

/// Runs a plan. Plans of queries with terms need `terms`; plans without ignore them.
pub(crate) fn run(
    plan: PlanName,
    state: &mut SearchState<'_>,
    terms: Option<&TermQuery>,
) -> Result<(), StoreError> {
    match (plan, terms) {
        (PlanName::Scan, _) => scan::run(state),
        (PlanName::Postings, Some(terms)) => {
            let mut sources = segment_source::open_forward(state, terms)?;
            postings::run(state, &mut sources);
        }
        (PlanName::WordsBestFirst, Some(terms)) => {
            let mut sources = segment_source::open_bounded(state, terms)?;
            best_first::run(state, &mut sources);
            state.note_collected();
            count::count_bounded(state, sources);
        }
        (PlanName::BestFirst | PlanName::Postings | PlanName::WordsBestFirst, _) => {
            let mut sources = segment_source::open_all(state);
            best_first::run(state, &mut sources);
            state.note_collected();
            count::count_by_nodes(state);
        }
    }
    Ok(())
}

/// Counts the matches of a query with terms and collects nothing.
pub(crate) fn count(state: &mut SearchState<'_>, terms: &TermQuery) -> Result<(), StoreError> {
    let sources = segment_source::open_forward(state, terms)?;
    count::count_forward(state, sources);
    Ok(())
}
