//! The query parameters of a feed.

use std::sync::LazyLock;

use roost_collections::requests::{self, BUDGET, CREATED_AT, EXPIRES_AT, STAY};
use roost_collections::rooms;
use roost_engine::{Component, Condition, Date, DateRange, Sort};

use crate::collections::facets::{FacetParams, MAX_FACET_VALUES};
use crate::collections::order::{EXPLANATION, OrderParam};
use crate::collections::ranking::Components;
use crate::collections::reach::TIMEOUT;
use crate::collections::searched::SearchedCollection;
use crate::collections::wording::{Described, Wording};
use crate::http::error::ApiError;
use crate::params::declaration::{Group, Param, QueryParams, group, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::Flag;
use crate::params::values::Params;
use crate::query::at_least::POSITION;
use crate::query::day::Day;
use crate::query::paging::{COUNTING, CURSOR_PARAMS, PAGE_PARAMS};
use crate::query::text::{TERM_MATCHING, TYPO_TOLERANCE};

/// Requests as feeds search them.
pub(super) static FEED: LazyLock<SearchedCollection> = LazyLock::new(|| {
    let declared = requests::declared();
    let wording = Wording {
        profile: Described::new(
            "The ranking profile: `feed`, `room`, `landlord`, or one from the node's configuration.",
            "feed",
        ),
        weights: Described::new(
            "Weights, 0 to 1000, that replace all weights of the profile.",
            "distance:30,price:30,exposure:20",
        ),
        ..Wording::of(declared)
    };
    let searched = SearchedCollection::new(declared, requests::profile(), &wording);
    SearchedCollection {
        order: OrderParam::named(ORDERS, ORDERS_DOC),
        facets: FacetParams::of_fields(declared, &wording, &["venue", "city", "week"]),
        ranking: searched.ranking.of_components(components(), &wording),
        ..searched
    }
});

/// The components of the score of a pair, of which all but the exposure are those of rooms.
fn components() -> Components {
    let all = Component::ALL.map(|it| (it, rooms::collection().component_name(it)));
    all.to_vec().leak()
}

const ORDERS: &[(&str, Sort)] = &[
    ("match", Sort::Match),
    ("newest", Sort::Descending(CREATED_AT)),
    ("budget", Sort::Descending(BUDGET)),
    ("check_in", Sort::Ascending(STAY)),
    ("expiry", Sort::Ascending(EXPIRES_AT)),
];

const ORDERS_DOC: &str = "The order of the requests. `match`: highest match score first. `newest`: newest first. \
    `budget`: highest budget first, requests without one last. `check_in`: earliest check-in first. \
    `expiry`: the first to expire first. Ties break by id.";

params! {
    /// What a landlord has not seen yet, and when it has free nights.
    const SEEN_AND_DATES;

    /// Only requests that the landlord has not viewed.
    UNSEEN: WithDefault<Flag> = Param::new("unseen", Flag).default(false).example("true");

    /// Only requests for a night on this date or later, as `YYYY-MM-DD`.
    CHECK_IN: Day = Param::new("check_in", Day).example("7");

    /// Only requests for a night before this date, which is after `check_in`.
    CHECK_OUT: Day = Param::new("check_out", Day).example("21");
}

/// What the match score depends on.
const RANKING: Group = Group::new(|| FEED.ranking.group());

/// The order of the requests.
const ORDER: Group = Group::new(|| FEED.order.group());

/// Filters by a request's attributes.
const ATTRIBUTES: Group = Group::new(|| FEED.filters.attributes());

/// How many values facets count.
const FACET_VALUES: Group = group!(MAX_FACET_VALUES);

/// Facets.
const FACETS: Group = Group::new(|| FEED.facets.group());

/// The query parameters of the route.
pub(super) struct FeedParams;

impl QueryParams for FeedParams {
    const GROUPS: &'static [Group] = &[
        RANKING,
        TYPO_TOLERANCE,
        TERM_MATCHING,
        SEEN_AND_DATES,
        ATTRIBUTES,
        FACETS,
        FACET_VALUES,
        ORDER,
        PAGE_PARAMS,
        CURSOR_PARAMS,
        COUNTING,
        EXPLANATION,
        TIMEOUT,
        POSITION,
    ];
}

/// What only feeds filter by.
pub(super) struct FeedFilters {
    pub(super) unseen: bool,
    /// The requests with a night between two dates.
    pub(super) dates: Option<Condition>,
}

impl FeedFilters {
    pub(super) fn read(params: &Params) -> Result<FeedFilters, ApiError> {
        let (check_in, check_out) = (CHECK_IN.read(params)?, CHECK_OUT.read(params)?);
        let dates = match (check_in, check_out) {
            (None, None) => None,
            _ => Some(dates(check_in, check_out)?),
        };
        Ok(FeedFilters {
            unseen: UNSEEN.read(params)?,
            dates: dates.map(|dates| Condition::Overlaps(STAY, dates)),
        })
    }
}

/// The nights from the first date to the second. Requests have no nights before the year 2000 nor
/// after 2999.
fn dates(check_in: Option<Date>, check_out: Option<Date>) -> Result<DateRange, ApiError> {
    let parse = |date: &str| date.parse::<Date>().map_err(ApiError::internal);
    let (first, last) = (parse("2000-01-01")?, parse("3000-01-01")?);
    let (start, end) = (check_in.unwrap_or(first), check_out.unwrap_or(last));
    DateRange::new(start, end).map_err(|_| {
        let (param, date, expected) = match (check_in, check_out) {
            (Some(_), Some(end)) => (&CHECK_OUT, end, format!("a date after {start}")),
            (Some(start), None) => (&CHECK_IN, start, format!("a date before {last}")),
            (None, _) => (&CHECK_OUT, end, format!("a date after {first}")),
        };
        ApiError::parameter(param.name(), &date.to_string(), expected)
    })
}
