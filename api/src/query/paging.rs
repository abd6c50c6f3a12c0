//! Which part of the hits is asked for, and how far are they counted?

use roost_engine::{Count, Query, SearchAfter, Total};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::cursor::Cursor;
use crate::error::ApiError;
use crate::params::Params;

/// Pages serve so many of the first hits, and totals are exact up to there unless asked otherwise.
pub(crate) const PAGED_HITS_MAX: usize = 10_000;

const LIMIT_DEFAULT: usize = 20;
const LIMIT_MAX: usize = 100;

#[derive(Debug)]
pub(crate) struct Paging {
    limit: usize,
    start: Start,
    count: Count,
}

#[derive(Debug)]
enum Start {
    Page(usize),
    Cursor(Cursor),
}

/// How many documents match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TotalIs {
    /// Exactly so many.
    Exact,
    /// So many or more.
    AtLeast,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct PageParams {
    /// How many hits an answer holds at most.
    #[param(minimum = 1, maximum = 100, default = 20, example = 10)]
    limit: Option<u32>,
    /// Which page, from 1. Pages serve the first 10,000 hits.
    #[param(minimum = 1, maximum = 10000, default = 1, example = 1)]
    page: Option<u32>,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct CursorParams {
    /// The `meta.next_cursor` of the answer before, with the query otherwise unchanged (`limit`,
    /// `explain`, `count`, `timeout_ms` and what is highlighted or counted may change). It goes to any
    /// depth, and a room whose score did not change is never repeated or skipped. Either this or `page`.
    cursor: Option<String>,
    /// How far to count the hits: exactly up to 10,000 when left out, `exact`, or `none`.
    #[param(inline, example = "exact")]
    count: Option<CountWord>,
}

#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it lists the words for the OpenAPI document")]
enum CountWord {
    Exact,
    None,
}

impl PageParams {
    pub(crate) const NAMES: &[&str] = &["limit", "page"];
}

impl CursorParams {
    pub(crate) const NAMES: &[&str] = &["cursor", "count"];
}

impl Paging {
    /// Reads `limit`, `page`, `cursor` and `count`; a route that does not take one of them has
    /// refused it before.
    pub(crate) fn read(params: &Params) -> Result<Paging, ApiError> {
        let limit = params.whole("limit", 1..=LIMIT_MAX)?;
        let limit = limit.unwrap_or(LIMIT_DEFAULT);
        let counts = [("exact", Count::Exact), ("none", Count::None)];
        let count = params.choice("count", &counts)?;
        let page = read_page(params, limit)?;
        let start = match (params.text("cursor")?, page) {
            (Some(cursor), Some(_)) => {
                let expected = "left out when page is given";
                return Err(ApiError::parameter("cursor", cursor, expected));
            }
            (Some(cursor), None) => Start::Cursor(Cursor::decode(cursor)?),
            (None, page) => Start::Page(page.unwrap_or(1)),
        };
        Ok(Paging {
            limit,
            start,
            count: count.unwrap_or(Count::UpTo(PAGED_HITS_MAX as u64)),
        })
    }

    /// Makes a query that is otherwise complete ask for this part.
    pub(crate) fn apply(&self, query: &mut Query) -> Result<(), ApiError> {
        query.limit = self.limit;
        query.count = self.count;
        match &self.start {
            Start::Page(page) => query.offset = (page - 1) * self.limit,
            Start::Cursor(cursor) => {
                cursor.check(query)?;
                query.after = Some(cursor.after);
                query.now_s = cursor.now_s;
            }
        }
        Ok(())
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// The page, unless a cursor is followed.
    pub(crate) fn page(&self) -> Option<usize> {
        match self.start {
            Start::Page(page) => Some(page),
            Start::Cursor(_) => None,
        }
    }
}

impl TotalIs {
    pub(crate) fn of(total: Total) -> TotalIs {
        match total.is_exact {
            true => TotalIs::Exact,
            false => TotalIs::AtLeast,
        }
    }
}

/// The cursor behind a query's last hit.
pub(crate) fn next_cursor(next: Option<SearchAfter>, query: &Query) -> Option<String> {
    next.map(|after| Cursor::new(after, query).encode())
}

fn read_page(params: &Params, limit: usize) -> Result<Option<usize>, ApiError> {
    let last = PAGED_HITS_MAX / limit;
    let Some(text) = params.text("page")? else {
        return Ok(None);
    };
    let page: Option<usize> = text.parse().ok();
    match page {
        Some(page) if (1..=last).contains(&page) => Ok(Some(page)),
        page => {
            let expected = format!("a whole number from 1 to {last} at limit {limit}");
            let error = ApiError::parameter("page", text, expected);
            Err(match page {
                Some(page) if page > last => {
                    error.hint("a search's meta.next_cursor goes deeper where there is one")
                }
                _ => error,
            })
        }
    }
}
