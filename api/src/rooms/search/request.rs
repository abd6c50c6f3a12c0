//! Which rooms are near the venue, and in which order?

use std::time::{Duration, Instant};

use axum::extract::{RawQuery, State};
use roost_engine::{Collection, Facet, Filters, Hit, Page, Position, Query, Radius, Reader, Sort};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::did_you_mean::DidYouMean;
use super::facets::{self, FacetParams, Facets};
use super::filters::{self, FilterParams};
use super::groups::{self, Found, GroupParams, GroupsMeta, LandlordRooms};
use super::highlight::{HighlightParams, Highlighting};
use super::shape::RoomHit;
use super::stay::StayParams;
use super::understood::UnderstoodQuery;
use super::wish::{Wish, WishParams};
use crate::app::{App, now_s};
use crate::area::AreaParams;
use crate::at_least::{self, AtLeastParams};
use crate::envelope::{Answer, Index, Items, Refused, Written, took_us};
use crate::error::ApiError;
use crate::paging::{CursorParams, PageParams, Paging, TotalIs, next_cursor};
use crate::params::Params;
use crate::place::{
    Anchor, Place, PointParams, RADIUS_M_DEFAULT, VenueParam, read_radius_m, read_radius_min_m,
};
use crate::plan::Plan;
use crate::words::WordsParams;

/// Longer than anybody waits for a page.
const TIMEOUT_MS_MAX: u64 = 10_000;

/// A room search, understood but for the venue, which the index knows.
#[derive(Debug)]
pub(crate) struct RoomSearch {
    /// The parameter that named the venue, for the error if there is no such venue.
    pub(crate) venue_field: &'static str,
    pub(crate) anchor: Option<Anchor>,
    pub(crate) radius: Option<Radius>,
    pub(crate) radius_min: Option<Radius>,
    /// `q` as it was sent.
    pub(crate) text: Option<String>,
    pub(crate) wish: Wish,
    pub(crate) filters: Filters,
    pub(crate) sort: Sort,
    pub(crate) facets: Vec<Facet>,
    /// How many rooms of a landlord are told, where they are put together.
    pub(crate) group_limit: Option<usize>,
    pub(crate) explain: bool,
    pub(crate) highlighting: Highlighting,
    pub(crate) deadline: Instant,
    /// The moment at which landlords' activity is judged, in seconds since 1970.
    pub(crate) now_s: i64,
    pub(crate) paging: Paging,
    pub(crate) at_least: Option<Position>,
}

/// How a room search was understood and answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoomSearchMeta {
    /// How many rooms match; left out on `count=none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 412)]
    total: Option<u64>,
    /// Whether `total` is exact, which it never is where `partial` is true; left out on `count=none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_is: Option<TotalIs>,
    #[serde(flatten)]
    groups: GroupsMeta,
    /// Whether time ran out, see `timeout_ms`. The hits are then exactly the best of what was visited,
    /// perhaps none, and there may be better ones.
    #[schema(example = false)]
    partial: bool,
    /// On `facets`: how many rooms there are of each kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<Facets>,
    /// On `match=most`: the words of `q` that rooms need not hold, since too few hold all. Left out
    /// where every word is required.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["with"]))]
    optional_words: Vec<String>,
    /// On `explain`: which way the search went.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Plan>,
    /// Where few rooms are found and another `q` would find far more; else left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<DidYouMean>,
    /// Time taken here, in microseconds.
    #[schema(example = 830)]
    took_us: u64,
    /// Null where a cursor is followed.
    #[schema(example = 1)]
    page: Option<usize>,
    #[schema(example = 20)]
    limit: usize,
    /// Asks for what follows; null at the end. Of a partial answer it goes on behind the last hit, so
    /// that what was not visited and is better is not seen again; null if no more was found in time.
    next_cursor: Option<String>,
    index: Index,
    query: UnderstoodQuery,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct ReachParams {
    /// How far from the place a room may be, in metres; above 0. Needs a place. Where `polygon` or
    /// `bbox` says where to look there is no default.
    #[param(
        exclusive_minimum = 0,
        maximum = 200000,
        default = 25000,
        example = 5000
    )]
    radius_m: Option<f64>,
    /// How near to the place a room may be, in metres; above 0 and at most `radius_m`. Needs a
    /// place.
    #[param(exclusive_minimum = 0, maximum = 200000, example = 500)]
    radius_min_m: Option<f64>,
    /// Milliseconds after which the search stops; the node's `search_timeout_ms` when left out, 1000
    /// unless configured. What was found until then is answered with `meta.partial` true and a
    /// `meta.total` that is `at_least`. A search that is still waiting for its turn by then gets 503
    /// `overloaded`.
    #[param(minimum = 1, maximum = 10000, example = 250)]
    timeout_ms: Option<u32>,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct SearchParams {
    /// `match`, the default: best score first. `distance`: nearest first; needs a place. `price`: cheapest
    /// first, unknown prices last. `rating`: best first. Ties break by id.
    #[param(inline, example = "match")]
    sort: Option<SortWord>,
    /// Whether each hit tells how its score came about, and `meta.plan` which way the search went.
    #[param(default = false, example = true)]
    explain: Option<bool>,
}

/// An order of hits.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Sort)]
pub(super) enum SortWord {
    Match,
    Distance,
    Price,
    Rating,
}

impl ReachParams {
    pub(crate) const NAMES: &[&str] = &["radius_m", "radius_min_m", "timeout_ms"];
}

impl SearchParams {
    pub(crate) const NAMES: &[&str] = &["sort", "explain"];
}

pub(crate) const KNOWN: &[&[&str]] = &[
    VenueParam::NAMES,
    PointParams::NAMES,
    ReachParams::NAMES,
    SearchParams::NAMES,
    WishParams::NAMES,
    WordsParams::NAMES,
    HighlightParams::NAMES,
    FilterParams::NAMES,
    StayParams::NAMES,
    AreaParams::NAMES,
    FacetParams::NAMES,
    GroupParams::NAMES,
    PageParams::NAMES,
    CursorParams::NAMES,
];

/// Find rooms near an exam venue.
///
/// The best match comes first. A room is found if it is listed, its landlord is available, it
/// passes every filter, is free every night of the stay, lies within the radius and every area, and
/// holds the words.
#[utoipa::path(
    get,
    path = "/api/v1/rooms/search",
    operation_id = "search_rooms",
    tag = "rooms",
    params(
        VenueParam, PointParams, ReachParams, SearchParams, WishParams, WordsParams, HighlightParams,
        FilterParams, StayParams, AreaParams, FacetParams, GroupParams, PageParams, CursorParams,
        AtLeastParams,
    ),
    responses(
        (status = 200, description = "The rooms found.", body = Answer<Vec<Found>, RoomSearchMeta>),
        (status = 404, description = "There is no such venue: `venue_not_found`.", body = Refused),
    )
)]
pub(crate) async fn search(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
) -> Result<Written, ApiError> {
    let started = Instant::now();
    let params = Params::parse(raw.as_deref(), &[KNOWN, &[AtLeastParams::NAMES]].concat())?;
    let search = RoomSearch::read(&params, &app, started)?;
    search.ask(&app, started).await
}

impl RoomSearch {
    pub(crate) fn read(
        params: &Params,
        app: &App,
        started: Instant,
    ) -> Result<RoomSearch, ApiError> {
        let anchor = Anchor::read(params)?;
        let filters = filters::read(params, app.reader())?;
        let has_area = filters.polygon.is_some() || filters.bounding_box.is_some();
        let default = Some(RADIUS_M_DEFAULT).filter(|_| !has_area);
        let radius = read_radius_m(params, anchor.is_some(), default)?;
        Ok(RoomSearch {
            venue_field: "venue",
            anchor,
            radius,
            radius_min: read_radius_min_m(params, anchor.is_some(), radius)?,
            text: params.text("q")?.map(str::to_owned),
            wish: Wish::read(params, app)?,
            filters,
            sort: read_sort(params, anchor.is_some())?,
            facets: facets::read(params, anchor.is_some(), radius)?,
            group_limit: groups::read(params)?,
            explain: params.flag("explain")?,
            highlighting: Highlighting::read(params)?,
            deadline: match params.whole("timeout_ms", 1..=TIMEOUT_MS_MAX)? {
                Some(timeout_ms) => started + Duration::from_millis(timeout_ms),
                None => app.deadline(started),
            },
            now_s: now_s(),
            paging: Paging::read(params)?,
            at_least: at_least::read(params)?,
        })
    }

    /// Asks the engine. Within a few kilometres that takes microseconds; without a radius, the
    /// milliseconds of a common word would hold up other requests of this thread, and so would a look
    /// at every match.
    pub(crate) async fn ask(self, app: &App, started: Instant) -> Result<Written, ApiError> {
        app.reach(self.at_least, self.deadline).await?;
        let is_near = self
            .radius
            .is_some_and(|radius| radius.metres() <= RADIUS_M_DEFAULT);
        if is_near && self.facets.is_empty() && self.group_limit.is_none() {
            app.ask_here(self.deadline, |reader| self.answer(app, reader, started))
                .await
        } else {
            let here = app.clone();
            app.ask(self.deadline, move |reader| {
                self.answer(&here, reader, started)
            })
            .await
        }
    }

    /// The query but for its page, and the place that it goes by.
    pub(super) fn query(&self, reader: &Reader) -> Result<(Query, Option<Place>), ApiError> {
        let place = match self.anchor {
            Some(anchor) => Some(anchor.find(self.venue_field, reader)?),
            None => None,
        };
        let mut query = Query {
            center: place.as_ref().map(|place| place.at),
            radius: self.radius,
            radius_min: self.radius_min,
            filters: self.filters.clone(),
            sort: self.sort,
            facets: self.facets.clone(),
            explain: self.explain,
            highlight: self.highlighting.fields.clone(),
            deadline: Some(self.deadline),
            ..self.wish.query(self.now_s)
        };
        query.budget = query.budget.or(self.filters.price_max);
        Ok((query, place))
    }

    pub(crate) fn answer(
        self,
        app: &App,
        reader: &Reader,
        started: Instant,
    ) -> Result<Written, ApiError> {
        let (mut query, place) = self.query(reader)?;
        self.paging.apply(&mut query)?;
        let index = Index::now(reader);
        let mut items = Items::with_capacity(query.limit);
        let about = (index, UnderstoodQuery::new(&query, place));
        let meta = match self.group_limit {
            None => {
                let page = reader.search_as(Collection::Rooms, &query, |hit| {
                    items.push(&RoomHit::new(hit, &self.highlighting));
                })?;
                app.metrics().searched(&page.trace);
                let did_you_mean = DidYouMean::find(reader, &query, self.text.as_deref(), &page)?;
                RoomSearchMeta {
                    did_you_mean,
                    ..self.meta(page, started, &query, about)
                }
            }
            Some(most) => {
                let read = |hit: Hit<&str>| RoomHit::owned(hit, &self.highlighting);
                let found = reader.search_groups_as(Collection::Rooms, &query, most, read)?;
                let (mut page, groups) = (found.page, GroupsMeta::of(found.groups_total));
                app.metrics().searched(&page.trace);
                let did_you_mean = DidYouMean::find(reader, &query, self.text.as_deref(), &page)?;
                for group in page.hits.drain(..) {
                    items.push(&LandlordRooms::from(group));
                }
                RoomSearchMeta {
                    groups,
                    did_you_mean,
                    ..self.meta(page, started, &query, about)
                }
            }
        };
        items.answer(&meta)
    }

    fn meta<H>(
        &self,
        page: Page<H>,
        started: Instant,
        query: &Query,
        (index, understood): (Index, UnderstoodQuery),
    ) -> RoomSearchMeta {
        RoomSearchMeta {
            total: page.total.map(|total| total.value),
            total_is: page.total.map(TotalIs::of),
            groups: GroupsMeta::default(),
            partial: page.trace.is_partial,
            facets: Facets::of(&query.facets, page.facets),
            optional_words: page.optional_words,
            plan: self.explain.then(|| page.trace.into()),
            did_you_mean: None,
            took_us: took_us(started),
            page: self.paging.page(),
            limit: self.paging.limit(),
            next_cursor: next_cursor(page.next, query),
            index: index.seen_at(page.position),
            query: understood,
        }
    }
}

impl From<Sort> for SortWord {
    fn from(sort: Sort) -> SortWord {
        match sort {
            Sort::Match => SortWord::Match,
            Sort::Distance => SortWord::Distance,
            Sort::Price => SortWord::Price,
            Sort::Rating => SortWord::Rating,
        }
    }
}

fn read_sort(params: &Params, has_place: bool) -> Result<Sort, ApiError> {
    let sorts = [
        ("match", Sort::Match),
        ("distance", Sort::Distance),
        ("price", Sort::Price),
        ("rating", Sort::Rating),
    ];
    match params.choice("sort", &sorts)? {
        Some(Sort::Distance) if !has_place => {
            let expected = "match, price or rating where the query has no place";
            let error = ApiError::parameter("sort", "distance", expected);
            Err(error.hint("to sort by distance, give venue, or lat and lng"))
        }
        sort => Ok(sort.unwrap_or_default()),
    }
}
