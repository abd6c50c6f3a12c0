//! A room search as a request states it.

use std::sync::Arc;
use std::time::Instant;

use roost_collections::rooms;
use roost_engine::{Condition, Interval, Language, Query, Radius, Reader};

use super::assignment::{EXAM, Exam};
use super::groups::{self, GROUP_PARAMS};
use crate::app::state::App;
use crate::collections::access::Access;
use crate::collections::facets::FACET_PARAMS;
use crate::collections::highlight::HIGHLIGHT_STYLE;
use crate::collections::order::EXPLANATION;
use crate::collections::reach::TIMEOUT;
use crate::collections::search::request::Search;
use crate::http::error::ApiError;
use crate::params::declaration::{Group, QueryParams};
use crate::params::values::Params;
use crate::query::at_least::POSITION;
use crate::query::paging::{COUNTING, PAGE_PARAMS, Paging};
use crate::query::place::{Center, Origin, POINT, VENUE_PLACE};
use crate::query::text::{TERM_MATCHING, TYPO_TOLERANCE};
use crate::rooms::params::{
    AREA, ATTRIBUTES, CONDITIONS, CURSOR_PARAMS, FACETS, HIGHLIGHT, ORDER, RANKING, REACH, ROOMS,
};
use crate::rooms::stay::{RequestedStay, STAY};

/// The query parameters of a room search.
pub(crate) struct SearchParams;

impl QueryParams for SearchParams {
    const GROUPS: &'static [Group] = &[
        EXAM,
        VENUE_PLACE,
        POINT,
        REACH,
        TIMEOUT,
        ORDER,
        EXPLANATION,
        RANKING,
        TYPO_TOLERANCE,
        TERM_MATCHING,
        HIGHLIGHT,
        HIGHLIGHT_STYLE,
        ATTRIBUTES,
        CONDITIONS,
        STAY,
        AREA,
        FACETS,
        FACET_PARAMS,
        GROUP_PARAMS,
        PAGE_PARAMS,
        CURSOR_PARAMS,
        COUNTING,
        POSITION,
    ];
}

/// A room search. The stay is resolved against the index that answers.
pub(crate) struct RoomSearch {
    pub(crate) search: Search,
    stay: Option<RequestedStay>,
    /// The exam that the search is for, if the request names none of its own nights.
    exam: Option<Exam>,
    /// The maximum number of rooms in a group, if rooms are grouped by landlord.
    pub(super) group_limit: Option<usize>,
    /// The synonyms for the names of places in hints, which only a filter contains.
    pub(super) language: Option<Arc<Language>>,
}

impl RoomSearch {
    /// Reads a search, of an exam around its venue.
    pub(crate) fn read(
        exam: Option<Exam>,
        params: &Params,
        access: &Access,
        (app, started): (&App, Instant),
    ) -> Result<RoomSearch, ApiError> {
        // Before the page, because groups exclude a cursor, valid or not.
        let group_limit = groups::read(params)?;
        let place = exam.map(Exam::place);
        let search = Search::read_around(place, &ROOMS, params, access, (app, started))?;
        let stay = RequestedStay::read(params)?;
        Ok(RoomSearch {
            language: search.has_condition().then(|| app.language()),
            search,
            exam: exam.filter(|_| stay.is_none()),
            stay,
            group_limit,
        })
    }

    /// The rooms around a place, by the default profile, without filters. The request sent a venue
    /// as `venue_field`.
    pub(crate) fn around(
        (venue_field, origin): (&'static str, Origin),
        radius: Radius,
        paging: Paging,
        access: &Access,
        now: (&App, Instant),
    ) -> Result<RoomSearch, ApiError> {
        let place = (venue_field, origin);
        Ok(RoomSearch {
            search: Search::around(&ROOMS, place, radius, paging, access, now)?,
            stay: None,
            exam: None,
            group_limit: None,
            language: None,
        })
    }

    /// The query without its page, and the center that it measures distance from. The index decides
    /// the nights that a stay may include.
    pub(crate) fn query(&self, reader: &Reader) -> Result<(Query, Option<Center>), ApiError> {
        let (mut query, center) = self.search.query(reader)?;
        let nights = match (self.stay, self.exam) {
            (Some(stay), _) => Some(stay.resolve(reader)?),
            (None, Some(exam)) => Some(exam.nights(reader)?),
            (None, None) => None,
        };
        if let Some(nights) = nights {
            let is_long_enough = Interval::UpTo(f64::from(nights.day_count()));
            let is_long_enough = Condition::Number(rooms::MINIMUM_NIGHTS, is_long_enough);
            query.filters.attributes.push(is_long_enough);
            query.filters.free = Some(nights);
        }
        Ok((query, center))
    }
}
