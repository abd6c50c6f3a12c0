//! Which hits an answer returns, and how far it counts them.

use roost_engine::{Count, Query, SearchAfter};

use super::cursor::{Cursor, CursorText, Fingerprint};
use crate::http::error::ApiError;
use crate::params::declaration::{Param, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Choice, Whole};
use crate::params::values::Params;

/// Pages reach this many hits, and totals are exact up to here unless the request says otherwise.
pub(crate) const PAGED_HITS_MAX: u32 = 10_000;

params! {
    /// A numbered page.
    pub(crate) const PAGE_PARAMS;

    /// The page size: the maximum number of hits in an answer.
    LIMIT: WithDefault<Whole<u32>> = Param::new("limit", Whole { min: 1, max: 100 })
        .default(20)
        .example("10");

    /// The page number, from 1. Pages reach the first 10,000 hits.
    PAGE: WithDefault<Whole<u32>> = Param::new("page", Whole { min: 1, max: PAGED_HITS_MAX })
        .default(1)
        .example("1");
}

params! {
    /// Pages of any depth.
    pub(crate) const CURSOR_PARAMS;

    /// The `meta.next_cursor` of the previous page, with the rest of the query unchanged; `limit`,
    /// `explain`, `count`, `timeout_ms`, highlights and facets may change. Cursors reach any depth,
    /// and a document whose score has not changed is neither repeated nor skipped. Excludes
    /// `page`.
    CURSOR: CursorText = Param::new("cursor", CursorText);
}

params! {
    /// How far matches are counted.
    pub(crate) const COUNTING;

    /// How far to count the matches: `exact`, or `none`. Without it, totals are exact up to 10,000.
    COUNT: Choice<Count> = Param::new("count", Choice(&[
        ("exact", Count::Exact),
        ("none", Count::None),
    ]))
    .example("exact");
}

/// A page by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberedPage {
    pub(crate) limit: usize,
    pub(crate) number: usize,
}

/// The page of a search, and how far the search counts its matches.
#[derive(Debug)]
pub(crate) struct Paging {
    page: NumberedPage,
    /// The previous page, in place of a number.
    cursor: Option<Cursor>,
    count: Count,
}

impl NumberedPage {
    /// Reads `limit` and `page`. The largest page number depends on the limit. An error says how to
    /// get `deeper`, if the route has a way.
    pub(crate) fn read(params: &Params, deeper: Option<&str>) -> Result<NumberedPage, ApiError> {
        let limit = LIMIT.read(params)?;
        let last = PAGED_HITS_MAX / limit;
        let text = params.text(PAGE.name())?.unwrap_or_default();
        match PAGE.read(params) {
            Ok(number) if number <= last => Ok(NumberedPage {
                limit: limit as usize,
                number: number as usize,
            }),
            _ => {
                let expected = format!("a whole number from 1 to {last} at limit {limit}");
                let error = ApiError::parameter(PAGE.name(), text, expected);
                let is_beyond = text.parse().is_ok_and(|page: u64| page > last.into());
                Err(match deeper {
                    Some(deeper) if is_beyond => error.with_hint(deeper),
                    _ => error,
                })
            }
        }
    }

    /// Makes an otherwise complete query return this page.
    pub(crate) fn apply(&self, query: &mut Query) {
        query.limit = self.limit;
        query.offset = (self.number - 1) * self.limit;
    }
}

impl Paging {
    /// Reads `limit`, `page`, `cursor` and `count`.
    pub(crate) fn read(params: &Params) -> Result<Paging, ApiError> {
        let count = COUNT.read(params)?;
        let deeper = "the cursor meta.next_cursor goes deeper, except with group_by";
        let page = NumberedPage::read(params, Some(deeper))?;
        if let (Some(cursor), Some(_)) = (params.text(CURSOR.name())?, params.text(PAGE.name())?) {
            let expected = "left out when page is given";
            return Err(ApiError::parameter(CURSOR.name(), cursor, expected));
        }
        Ok(Paging {
            page,
            cursor: CURSOR.read(params)?,
            count: count.unwrap_or(Count::UpTo(PAGED_HITS_MAX.into())),
        })
    }

    /// Makes an otherwise complete query return this page.
    pub(crate) fn apply(
        &self,
        query: &mut Query,
        fingerprint: impl FnOnce(&Query) -> Fingerprint,
    ) -> Result<(), ApiError> {
        query.count = self.count;
        match &self.cursor {
            None => self.page.apply(query),
            Some(cursor) => {
                cursor.check(fingerprint(query))?;
                query.limit = self.page.limit;
                query.after = Some(cursor.after);
                query.now_s = cursor.now_s;
            }
        }
        Ok(())
    }

    pub(crate) fn limit(&self) -> usize {
        self.page.limit
    }

    /// The page number, unless the request follows a cursor.
    pub(crate) fn number(&self) -> Option<usize> {
        self.cursor.is_none().then_some(self.page.number)
    }
}

/// The cursor of the page that follows a query's last hit.
pub(crate) fn next_cursor(
    next: Option<SearchAfter>,
    query: &Query,
    fingerprint: impl FnOnce(&Query) -> Fingerprint,
) -> Option<String> {
    next.map(|after| Cursor::new(after, query.now_s, fingerprint(query)).encode())
}
