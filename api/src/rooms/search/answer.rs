//! The answer of a room search.

use roost_collections::rooms;
use roost_engine::{Cost, Hit, Page, Query, Reader};
use serde::Serialize;
use utoipa::ToSchema;

use super::groups::{GroupsMeta, LandlordRooms};
use super::hints::Hint;
use super::hit::RoomHit;
use super::request::RoomSearch;
use crate::collections::facets::Facets;
use crate::collections::search::answer::{About, Found, SearchMeta, Searchable};
use crate::collections::search::did_you_mean::{Correction, DidYouMean};
use crate::collections::search::plan::Plan;
use crate::collections::search::request::Search;
use crate::collections::search::understood::UnderstoodQuery;
use crate::http::error::ApiError;
use crate::http::freshness::Index;
use crate::http::list::ListWriter;
use crate::query::place::Center;
use crate::query::total::TotalIs;
use crate::rooms::schema::{RoomFacets, RoomQuery};

/// How a room search was understood and answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoomSearchMeta {
    /// The number of matching rooms; left out with `count=none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 412)]
    total: Option<u64>,
    /// Whether `total` is exact, which it never is if `partial` is true; left out with
    /// `count=none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_is: Option<TotalIs>,
    #[serde(flatten)]
    groups: GroupsMeta,
    /// Whether the search stopped at its deadline, see `timeout_ms`. The hits are then the best of
    /// the visited rooms, possibly none, and there may be better ones.
    #[schema(example = false)]
    partial: bool,
    /// With `facets`: the counts of matching rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RoomFacets>)]
    facets: Option<Facets>,
    /// With `match=most`: the words of `q` that became optional because too few rooms contain all
    /// words. Left out if every word is required.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["with"]))]
    optional_words: Vec<String>,
    /// With `explain`: how the search was executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Plan>,
    /// If few rooms match and another `q` would match far more; otherwise left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<DidYouMean>,
    /// If no room matches: other readings of parameters by which rooms would. Left out if there is
    /// none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<Hint>,
    /// Time spent in this service, in microseconds.
    #[schema(example = 830)]
    took_us: u64,
    /// Null when following a cursor.
    #[schema(example = 1)]
    page: Option<usize>,
    #[schema(example = 20)]
    limit: usize,
    /// The `cursor` of the next page; null at the end. After a partial result it continues behind
    /// the last hit, so better rooms that were not visited do not appear later; null if no more
    /// rooms were found in time.
    next_cursor: Option<String>,
    index: Index,
    #[schema(value_type = RoomQuery)]
    query: UnderstoodQuery,
}

impl Searchable for RoomSearch {
    type Meta = RoomSearchMeta;

    fn search(&self) -> &Search {
        &self.search
    }

    fn query(&self, reader: &Reader) -> Result<(Query, Option<Center>), ApiError> {
        RoomSearch::query(self, reader)
    }

    fn estimate(&self, query: &Query, reader: &Reader) -> Cost {
        match self.group_limit {
            None => reader.estimate(rooms::collection(), query),
            Some(hits_max) => reader.estimate_groups(rooms::collection(), query, hits_max),
        }
    }

    fn find(
        &self,
        reader: &Reader,
        query: &Query,
        about: About,
        items: &mut ListWriter,
    ) -> Result<Found<RoomSearchMeta>, ApiError> {
        let highlighting = &self.search.highlighting;
        match self.group_limit {
            None => {
                let page = reader.search_as(rooms::collection(), query, |hit| {
                    items.push(&RoomHit::new(hit, highlighting));
                })?;
                Ok(describe(self, reader, query, about, page)?.0)
            }
            Some(hits_max) => {
                let read = |hit: Hit<&str>| RoomHit::owned(hit, highlighting);
                let found = reader.search_groups_as(rooms::collection(), query, hits_max, read)?;
                let groups = GroupsMeta::of(found.groups_total);
                let (mut found, landlords) = describe(self, reader, query, about, found.page)?;
                for group in landlords {
                    items.push(&LandlordRooms::from(group));
                }
                found.meta.groups = groups;
                Ok(found)
            }
        }
    }
}

/// Describes a page of rooms or of groups, and takes its items.
fn describe<H>(
    search: &RoomSearch,
    reader: &Reader,
    query: &Query,
    about: About,
    mut page: Page<H>,
) -> Result<(Found<RoomSearchMeta>, Vec<H>), ApiError> {
    let text = search.search.q();
    let correction = Correction::find((reader, rooms::collection()), query, text, &page)?;
    let (hints, are_cut) = Hint::find(reader, search, query, &page)?;
    let (items, trace) = (std::mem::take(&mut page.hits), page.trace);
    let meta = SearchMeta {
        did_you_mean: correction.did_you_mean,
        ..SearchMeta::new(&search.search, page, query, about)
    };
    let found = Found {
        is_cut: trace.is_partial || correction.is_cut || are_cut,
        trace,
        meta: RoomSearchMeta::new(meta, hints),
    };
    Ok((found, items))
}

impl RoomSearchMeta {
    fn new(meta: SearchMeta, hints: Vec<Hint>) -> RoomSearchMeta {
        RoomSearchMeta {
            total: meta.total,
            total_is: meta.total_is,
            groups: GroupsMeta::default(),
            partial: meta.partial,
            facets: meta.facets,
            optional_words: meta.optional_words,
            plan: meta.plan,
            did_you_mean: meta.did_you_mean,
            hints,
            took_us: meta.took_us,
            page: meta.page,
            limit: meta.limit,
            next_cursor: meta.next_cursor,
            index: meta.index,
            query: meta.query,
        }
    }
}
