//! A search of a collection as a request states it.

use std::time::Instant;

use roost_engine::{Collection, Facet, Filters, Position, Query, Radius, Reader, Sort};

use super::fingerprint::fingerprint;
use crate::app::clock::now_s;
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::highlight::Highlighting;
use crate::collections::order::EXPLAIN;
use crate::collections::ranking::Ranking;
use crate::collections::reach::{RADIUS_M, read_deadline, read_radius, read_radius_min};
use crate::collections::searched::SearchedCollection;
use crate::http::error::ApiError;
use crate::params::values::Params;
use crate::query::at_least::AT_LEAST;
use crate::query::cursor::Fingerprint;
use crate::query::paging::Paging;
use crate::query::place::{Center, Origin, VENUE};

/// A search of a collection. The venue is resolved against the index that answers.
pub(crate) struct Search {
    pub(crate) collection: &'static SearchedCollection,
    /// The parameter that named the venue, for the error if there is no such venue.
    venue_field: &'static str,
    pub(crate) origin: Option<Origin>,
    pub(crate) radius: Option<Radius>,
    /// Whether `radius_m` was sent.
    pub(crate) has_radius_m: bool,
    radius_min: Option<Radius>,
    pub(crate) ranking: Ranking,
    filters: Filters,
    sort: Sort,
    facets: Vec<Facet>,
    pub(crate) explain: bool,
    pub(crate) highlighting: Highlighting,
    pub(crate) deadline: Instant,
    /// The time at which the activity of owners is scored, in seconds since 1970.
    pub(crate) now_s: i64,
    pub(crate) paging: Paging,
    pub(crate) at_least: Option<Position>,
    /// Whether hits say who their owner is.
    pub(crate) shows_owner: bool,
}

impl Search {
    pub(crate) fn read(
        collection: &'static SearchedCollection,
        params: &Params,
        access: &Access,
        app: &App,
        started: Instant,
    ) -> Result<Search, ApiError> {
        Search::read_around(None, collection, params, access, (app, started))
    }

    /// The same around a place that the request names by a parameter of another kind.
    pub(crate) fn read_around(
        place: Option<(&'static str, Origin)>,
        collection: &'static SearchedCollection,
        params: &Params,
        access: &Access,
        (app, started): (&App, Instant),
    ) -> Result<Search, ApiError> {
        let restriction = access.restriction(collection.declared)?;
        let (venue_field, origin) = match place {
            Some((field, origin)) => (field, Some(origin)),
            None => (VENUE.name(), Origin::read(params)?),
        };
        let has_place = origin.is_some();
        let filters = Filters {
            restriction,
            ..collection.filters.read(params)?
        };
        let has_area = filters.polygon.is_some() || filters.bounding_box.is_some();
        let radius = read_radius(params, has_place, has_area)?;
        Ok(Search {
            collection,
            venue_field,
            origin,
            radius,
            has_radius_m: RADIUS_M.given(params)?.is_some(),
            radius_min: read_radius_min(params, has_place, radius)?,
            ranking: collection.ranking.read(params, app)?,
            filters,
            sort: collection.order.read(params, has_place)?,
            facets: collection.facets.read(params, has_place, radius)?,
            explain: EXPLAIN.read(params)?,
            highlighting: collection.highlight.read(params)?,
            deadline: read_deadline(params, app, started)?,
            now_s: now_s(),
            paging: Paging::read(params)?,
            at_least: AT_LEAST.read(params)?,
            shows_owner: access.shows_owner(collection.declared),
        })
    }

    /// The documents around a place, by the default profile, without filters. The request sent a
    /// venue as `venue_field`.
    pub(crate) fn around(
        collection: &'static SearchedCollection,
        (venue_field, origin): (&'static str, Origin),
        radius: Radius,
        paging: Paging,
        access: &Access,
        (app, started): (&App, Instant),
    ) -> Result<Search, ApiError> {
        let restriction = access.restriction(collection.declared)?;
        Ok(Search {
            collection,
            venue_field,
            origin: Some(origin),
            radius: Some(radius),
            has_radius_m: false,
            radius_min: None,
            ranking: collection.ranking.by_default(app),
            filters: Filters {
                restriction,
                ..Filters::default()
            },
            sort: Sort::Match,
            facets: Vec::new(),
            explain: false,
            highlighting: Highlighting::none(collection.declared.collection),
            deadline: app.deadline(started),
            now_s: now_s(),
            paging,
            at_least: None,
            shows_owner: access.shows_owner(collection.declared),
        })
    }

    /// Whether there is a `filter`.
    pub(crate) fn has_condition(&self) -> bool {
        self.filters.condition.is_some()
    }

    /// The collection in the index.
    pub(crate) fn indexed(&self) -> Collection {
        self.collection.declared.collection
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
            filters: self.filters.clone(),
            sort: self.sort,
            facets: self.facets.clone(),
            explain: self.explain,
            highlight: self.highlighting.fields.clone(),
            deadline: Some(self.deadline),
            ..self.ranking.query(self.now_s)
        };
        let ranking = &self.collection.ranking;
        query.budget = query.budget.or(ranking.budget_of(&query.filters));
        Ok((query, center))
    }

    /// The text as it was sent.
    pub(crate) fn q(&self) -> Option<&str> {
        self.ranking.text.as_ref().map(|text| text.q.as_str())
    }

    /// The fingerprint of the otherwise complete query.
    pub(crate) fn fingerprint(&self, query: &Query) -> Fingerprint {
        fingerprint(self.collection, query, self.ranking.text.as_ref())
    }
}
