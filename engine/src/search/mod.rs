//! Search over one snapshot: the best documents by score, counts, facets, groups and heat maps.
//!
//! [`answers`] is the way in. It compiles the query into a filter and a scorer
//! ([`compiled`]), expands its terms ([`terms`]), lets a plan find the best documents
//! ([`execution`], [`plans`]) and reads them ([`results`]).

mod aggregations;
mod answers;
mod collector;
mod compiled;
pub(crate) mod estimate;
mod execution;
mod groups;
mod match_iter;
mod plans;
mod results;
mod suggest;
mod terms;

#[cfg(test)]
mod against_brute_force;

pub use aggregations::{FacetCount, FacetCounts, FacetValue};
pub use aggregations::{HeatCell, HeatMap, HeatMapError, HeatMapOptions};
pub use answers::ScoreError;
pub(crate) use answers::{heat_map, passes, rank, score, search};
pub use collector::Total;
pub(crate) use compiled::SearchContext;
pub use estimate::Cost;
pub use groups::{Group, GroupedPage};
pub(crate) use groups::{search_groups, search_owners};
pub use results::{Highlight, Hit, Mark, Page, Ranked, Ranking, Trace, snippet};
pub use suggest::{Spelling, SuggestQuery, Suggestion, SuggestionKind, Suggestions};
pub(crate) use suggest::{Suggester, correct};
pub use terms::MatchedWord;
