//! The parameter `sort`: the order of the hits.

use roost_collections::rooms;
use roost_engine::Sort;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::params::declaration::{Param, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Choice, Flag};
use crate::params::values::Params;

params! {
    /// The order of the hits, and whether it is explained.
    pub(crate) const ORDER;

    /// The order of the hits. `match`: highest match score first. `distance`: nearest first;
    /// requires a place. `price`: lowest price first, unknown prices last. `rating`: highest
    /// smoothed rating first: the mean of the room's reviews and of five further ones with the mean
    /// rating of all rooms, so that one review of 5 does not beat a hundred of 4.9. Ties break by
    /// id.
    SORT: WithDefault<Choice<Sort>> = Param::new("sort", Choice(&[
        ("match", Sort::Match),
        ("distance", Sort::Distance),
        ("price", Sort::Ascending(rooms::PRICE)),
        ("rating", Sort::Rating),
    ]))
    .default(Sort::Match)
    .example("match");

    /// Whether each hit explains its score, and `meta.plan` how the search was executed.
    EXPLAIN: WithDefault<Flag> = Param::new("explain", Flag).default(false).example("true");
}

/// The order of the hits.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Sort)]
pub(super) enum SortName {
    Match,
    Distance,
    Price,
    Rating,
}

pub(super) fn read(params: &Params, has_place: bool) -> Result<Sort, ApiError> {
    match SORT.read(params)? {
        Sort::Distance if !has_place => {
            let expected = "match, price or rating where the query has no place";
            let error = ApiError::parameter(SORT.name(), "distance", expected);
            Err(error.with_hint("to sort by distance, give venue, or lat and lng"))
        }
        sort => Ok(sort),
    }
}

impl From<Sort> for SortName {
    fn from(sort: Sort) -> SortName {
        match sort {
            Sort::Match => SortName::Match,
            Sort::Distance => SortName::Distance,
            Sort::Ascending(_) | Sort::Descending(_) => SortName::Price,
            Sort::Rating => SortName::Rating,
        }
    }
}
