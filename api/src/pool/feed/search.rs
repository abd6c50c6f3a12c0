//! A feed as a search: the rooms of the landlord are its probes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use roost_collections::requests;
use roost_engine::{Condition, Cost, Count, Document, Filters, Key, Probes, Query, Reader};
use roost_market::pool::matches::FeedLandlord;
use serde::Serialize;
use utoipa::ToSchema;

use super::entry::FeedEntry;
use super::params::{FEED, FeedFilters};
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::search::answer::{About, Found, SearchMeta, Searchable};
use crate::collections::search::request::Search;
use crate::http::error::ApiError;
use crate::http::list::ListWriter;
use crate::params::values::Params;
use crate::pool::ranking::areas;
use crate::pool::ranking::rooms::{Closed, listed_rooms};
use crate::query::cursor::Fingerprint;
use crate::query::paging::next_cursor;
use crate::query::place::Center;

/// The search for the requests that a landlord's rooms fit.
pub(super) struct Feed {
    search: Search,
    landlord: FeedLandlord,
    filters: FeedFilters,
    /// Where the landlord prefers requests.
    areas: Option<Condition>,
}

/// What a request says of its feed.
pub(super) struct FeedRequest {
    search: Search,
    filters: FeedFilters,
}

/// How a feed was understood and answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedMeta {
    #[serde(flatten)]
    search: SearchMeta,
    /// Why the landlord gets no requests at all; null if it gets those that its rooms fit.
    empty_because: Option<Closed>,
}

impl FeedRequest {
    pub(super) fn read(
        params: &Params,
        access: &Access,
        (app, started): (&App, Instant),
    ) -> Result<FeedRequest, ApiError> {
        Ok(FeedRequest {
            search: Search::read(&FEED, params, access, app, started)?,
            filters: FeedFilters::read(params)?,
        })
    }
}

impl Feed {
    pub(super) fn new(request: FeedRequest, landlord: FeedLandlord) -> Feed {
        Feed {
            search: request.search,
            filters: request.filters,
            areas: landlord.preferred_areas.as_ref().map(areas::within),
            landlord,
        }
    }

    /// The best room of the landlord for one request, if the feed contains it.
    pub(super) fn fitting_room(
        &self,
        reader: &Reader,
        request: Key,
    ) -> Result<Option<Key>, ApiError> {
        let (mut query, _) = Searchable::query(self, reader)?;
        query.filters.condition = Some(Condition::Key(vec![request]));
        query.limit = 1;
        query.count = Count::None;
        let found = reader.rank(self.search.indexed(), &query)?;
        Ok(found.ranked.first().and_then(|ranked| ranked.probe))
    }

    /// The rooms that requests are found for: none if the landlord cannot take a contract.
    fn rooms(&self, reader: &Reader) -> Result<Vec<Document>, ApiError> {
        match Closed::of(reader.signals(self.landlord.id)) {
            Some(_) => Ok(Vec::new()),
            None => Ok(listed_rooms(
                reader,
                self.landlord.id,
                &self.landlord.rooms,
            )?),
        }
    }
}

impl Searchable for Feed {
    type Meta = FeedMeta;

    fn search(&self) -> &Search {
        &self.search
    }

    fn query(&self, reader: &Reader) -> Result<(Query, Option<Center>), ApiError> {
        let (mut query, center) = self.search.query(reader)?;
        let probes = Probes::new(requests::matching(), self.rooms(reader)?);
        query.probes = Some(Arc::new(probes.map_err(ApiError::internal)?));
        // Entries name their components.
        query.explain = true;
        let conditions = self.filters.dates.iter().chain(&self.areas);
        query.filters.attributes.extend(conditions.cloned());
        if self.filters.unseen {
            query.filters.exclude.extend(&self.landlord.viewed);
        }
        Ok((query, center))
    }

    fn estimate(&self, query: &Query, reader: &Reader) -> Cost {
        reader.estimate(self.search.indexed(), query)
    }

    /// What the landlord views between two pages does not end a cursor.
    fn fingerprint(&self, query: &Query) -> Fingerprint {
        let query = Query {
            filters: Filters {
                exclude: Vec::new(),
                ..query.filters.clone()
            },
            ..query.clone()
        };
        let Fingerprint(of_query) = self.search.fingerprint(&query);
        Fingerprint(of_query ^ u64::from(self.filters.unseen))
    }

    fn find(
        &self,
        reader: &Reader,
        query: &Query,
        about: About,
        items: &mut ListWriter,
    ) -> Result<Found<FeedMeta>, ApiError> {
        let rooms = query.probes.iter().flat_map(|probes| probes.documents());
        let rooms: HashMap<Key, &Document> = rooms.map(|room| (room.key, room)).collect();
        let page = reader.search_as(self.search.indexed(), query, |hit| {
            items.push(&FeedEntry::new(hit, &rooms, &self.landlord));
        })?;
        let (trace, next) = (page.trace, page.next);
        let next_cursor = next_cursor(next, query, |query| self.fingerprint(query));
        let closed = || Closed::of(reader.signals(self.landlord.id));
        Ok(Found {
            trace,
            is_cut: trace.is_partial,
            meta: FeedMeta {
                search: SearchMeta {
                    next_cursor,
                    ..SearchMeta::new(&self.search, page, query, about)
                },
                empty_because: (rooms.is_empty())
                    .then(|| closed().unwrap_or(Closed::NoListedRooms)),
            },
        })
    }
}
