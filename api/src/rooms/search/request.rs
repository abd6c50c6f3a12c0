//! A room search as a request states it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use roost_collections::rooms;
use roost_engine::{Cost, Facet, Language, Position, Query, Radius, Reader, Sort};
use uuid::Uuid;

use super::facets::{self, DECLARED_FACETS, FACET_PARAMS};
use super::groups::{self, GROUP_PARAMS};
use super::highlight::{HIGHLIGHT_PARAMS, Highlighting};
use super::sort::{self, EXPLAIN, EXPLANATION, ORDER};
use crate::app::clock::now_s;
use crate::app::profiles::Profiles;
use crate::app::state::App;
use crate::http::error::ApiError;
use crate::params::declaration::{Group, Param, QueryParams, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::Whole;
use crate::params::values::Params;
use crate::query::at_least::{AT_LEAST, POSITION};
use crate::query::paging::{CURSOR_PARAMS, PAGE_PARAMS, Paging};
use crate::query::place::{
    Center, Length, Origin, POINT, RADIUS_DEFAULT, VENUE, VENUE_PLACE, requires_place,
};
use crate::query::text::{TERM_MATCHING, TYPO_TOLERANCE};
use crate::rooms::filters::area::AREA;
use crate::rooms::filters::attributes::ATTRIBUTES;
use crate::rooms::filters::stay::STAY;
use crate::rooms::filters::{CONDITIONS, RoomFilters};
use crate::rooms::ranking::{RANKING, Ranking};

params! {
    /// How far a search reaches, in metres and in time.
    pub(crate) const REACH;

    /// The maximum distance of a room from the place, in metres; above 0. Requires a place. With
    /// `polygon` or `bbox` there is no default.
    RADIUS_M: WithDefault<Length> = Param::new("radius_m", Length::METRES)
        .default(RADIUS_DEFAULT)
        .example("5000");

    /// The minimum distance of a room from the place, in metres; above 0 and at most `radius_m`.
    /// Requires a place.
    RADIUS_MIN_M: Length = Param::new("radius_min_m", Length::METRES).example("500");

    /// Milliseconds after which the search stops. The default is the node's `search_timeout_ms`,
    /// 1000 unless configured. The answer then contains the best hits visited so far,
    /// `meta.partial` is true, and `meta.total` is `at_least`. A search that is still waiting to
    /// start by then fails with 503 `overloaded`.
    TIMEOUT_MS: Whole<u64> = Param::new("timeout_ms", Whole { min: 1, max: 10_000 }).example("250");
}

/// The parameters that name the place, as errors state them.
const PLACES: &str = "venue, or lat and lng";

/// The query parameters of a room search.
pub(crate) struct SearchParams;

impl QueryParams for SearchParams {
    const GROUPS: &'static [Group] = &[
        VENUE_PLACE,
        POINT,
        REACH,
        ORDER,
        EXPLANATION,
        RANKING,
        TYPO_TOLERANCE,
        TERM_MATCHING,
        HIGHLIGHT_PARAMS,
        ATTRIBUTES,
        CONDITIONS,
        STAY,
        AREA,
        DECLARED_FACETS,
        FACET_PARAMS,
        GROUP_PARAMS,
        PAGE_PARAMS,
        CURSOR_PARAMS,
        POSITION,
    ];
}

/// A room search. The venue and the stay are resolved against the index that answers.
#[derive(Debug)]
pub(crate) struct RoomSearch {
    /// The parameter that named the venue, for the error if there is no such venue.
    venue_field: &'static str,
    pub(super) origin: Option<Origin>,
    pub(super) radius: Option<Radius>,
    /// Whether `radius_m` was sent.
    pub(super) has_radius_m: bool,
    radius_min: Option<Radius>,
    pub(super) ranking: Ranking,
    filters: RoomFilters,
    sort: Sort,
    pub(super) facets: Vec<Facet>,
    /// The maximum number of rooms in a group, if rooms are grouped by landlord.
    pub(super) group_limit: Option<usize>,
    pub(super) explain: bool,
    pub(super) highlighting: Highlighting,
    pub(crate) deadline: Instant,
    /// The time at which landlords' activity is scored, in seconds since 1970.
    pub(crate) now_s: i64,
    pub(super) paging: Paging,
    pub(crate) at_least: Option<Position>,
    /// The synonyms for the names of places in hints, which only a filter contains.
    pub(super) language: Option<Arc<Language>>,
}

impl RoomSearch {
    pub(crate) fn read(
        params: &Params,
        app: &App,
        started: Instant,
    ) -> Result<RoomSearch, ApiError> {
        let origin = Origin::read(params)?;
        let has_place = origin.is_some();
        let filters = RoomFilters::read(params)?;
        let radius = read_radius(params, has_place, filters.has_area())?;
        Ok(RoomSearch {
            venue_field: VENUE.name(),
            origin,
            radius,
            has_radius_m: RADIUS_M.given(params)?.is_some(),
            radius_min: read_radius_min(params, has_place, radius)?,
            ranking: Ranking::read(params, app)?,
            language: filters.has_condition().then(|| app.language()),
            filters,
            sort: sort::read(params, has_place)?,
            facets: facets::read(params, has_place, radius)?,
            group_limit: groups::read(params)?,
            explain: EXPLAIN.read(params)?,
            highlighting: Highlighting::read(params)?,
            deadline: read_deadline(params, app, started)?,
            now_s: now_s(),
            paging: Paging::read(params)?,
            at_least: AT_LEAST.read(params)?,
        })
    }

    /// The rooms around a venue, by the default profile, without filters. The request sent the
    /// venue as `venue_field`.
    pub(crate) fn around(
        venue_field: &'static str,
        venue: Uuid,
        radius: Radius,
        paging: Paging,
        (app, started): (&App, Instant),
    ) -> RoomSearch {
        let profile = app.profiles().get(Profiles::DEFAULT).cloned();
        RoomSearch {
            venue_field,
            origin: Some(Origin::Venue(venue)),
            radius: Some(radius),
            has_radius_m: false,
            radius_min: None,
            ranking: Ranking::by_profile(profile.unwrap_or_else(rooms::profile)),
            filters: RoomFilters::default(),
            sort: Sort::Match,
            facets: Vec::new(),
            group_limit: None,
            explain: false,
            highlighting: Highlighting::none(),
            deadline: app.deadline(started),
            now_s: now_s(),
            paging,
            at_least: None,
            language: None,
        }
    }

    /// The query without its page, and the center that it measures distance from.
    pub(crate) fn query(&self, reader: &Reader) -> Result<(Query, Option<Center>), ApiError> {
        let center = match self.origin {
            Some(origin) => Some(origin.resolve(self.venue_field, reader)?),
            None => None,
        };
        let mut query = Query {
            center: center.as_ref().map(|center| center.point),
            radius: self.radius,
            radius_min: self.radius_min,
            filters: self.filters.resolve(reader)?,
            sort: self.sort,
            facets: self.facets.clone(),
            explain: self.explain,
            highlight: self.highlighting.fields.clone(),
            deadline: Some(self.deadline),
            ..self.ranking.query(self.now_s)
        };
        query.budget = query.budget.or(RoomFilters::price_max(&query.filters));
        Ok((query, center))
    }

    /// Estimates the work of this search, whose complete query is `query`.
    pub(super) fn estimate(&self, query: &Query, reader: &Reader) -> Cost {
        match self.group_limit {
            None => reader.estimate(rooms::collection(), query),
            Some(hits_max) => reader.estimate_groups(rooms::collection(), query, hits_max),
        }
    }
}

/// Reads `timeout_ms`. The time starts when the request arrives.
pub(crate) fn read_deadline(
    params: &Params,
    app: &App,
    started: Instant,
) -> Result<Instant, ApiError> {
    Ok(match TIMEOUT_MS.read(params)? {
        Some(timeout_ms) => started + Duration::from_millis(timeout_ms),
        None => app.deadline(started),
    })
}

/// Reads `radius_m`, which has a default only around a place and without an area.
fn read_radius(
    params: &Params,
    has_place: bool,
    has_area: bool,
) -> Result<Option<Radius>, ApiError> {
    match RADIUS_M.given(params)? {
        Some(_) if !has_place => {
            let text = params.text(RADIUS_M.name())?.unwrap_or_default();
            Err(requires_place(&RADIUS_M, text, PLACES))
        }
        None if has_place && !has_area => RADIUS_M.read(params).map(Some),
        given => Ok(given),
    }
}

/// Reads `radius_min_m`, which may not exceed the radius.
fn read_radius_min(
    params: &Params,
    has_place: bool,
    radius: Option<Radius>,
) -> Result<Option<Radius>, ApiError> {
    let Some(text) = params.text(RADIUS_MIN_M.name())? else {
        return Ok(None);
    };
    let radius_min = match (RADIUS_MIN_M.read(params), radius) {
        (Ok(Some(min)), Some(max)) if min <= max => Ok(Some(min)),
        (_, Some(max)) => {
            let max = max.metres();
            let expected =
                format!("a number of metres above 0 and at most radius_m, which is {max}");
            Err(ApiError::parameter(RADIUS_MIN_M.name(), text, expected))
        }
        (radius_min, None) => radius_min,
    }?;
    match has_place {
        true => Ok(radius_min),
        false => Err(requires_place(&RADIUS_MIN_M, text, PLACES)),
    }
}
