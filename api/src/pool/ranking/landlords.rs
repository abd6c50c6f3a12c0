//! The landlords for a request, each with its best free room.

use std::time::Instant;

use roost_collections::{requests, rooms};
use roost_engine::{
    Count, Document, Explanation, Hit, Key, Profile, Query, Reader, StoreError, Trace,
};

use super::best_room::BestRoom;
use super::reason;
use super::rooms::Closed;

/// What landlords are ranked by.
pub(crate) struct LandlordRanking<'a> {
    /// The request.
    pub(crate) request: &'a Document,
    pub(crate) profile: &'a Profile,
    /// The moment for which the activity of landlords is computed, in seconds since 1970.
    pub(crate) now_s: i64,
    pub(crate) deadline: Option<Instant>,
}

/// The best landlords for a request.
pub(crate) struct BestLandlords {
    /// The best first.
    pub(crate) landlords: Vec<RankedLandlord>,
    /// Whether there are no others.
    pub(crate) are_all: bool,
    pub(crate) trace: Trace,
}

/// A landlord with its best free room for a request.
#[derive(Clone, Debug)]
pub(crate) struct RankedLandlord {
    pub(crate) landlord: Key,
    pub(crate) room: BestRoom,
    pub(crate) distance_m: Option<f64>,
    pub(crate) score: f64,
    pub(crate) explanation: Option<Explanation>,
    pub(crate) reason: String,
}

impl LandlordRanking<'_> {
    /// The query for the rooms that the request accepts.
    pub(crate) fn query(&self) -> Query {
        let all = Query::all(self.profile.clone(), self.now_s);
        Query {
            count: Count::None,
            explain: true,
            deadline: self.deadline,
            ..all.for_document(self.request, &requests::matching())
        }
    }

    /// The best landlords who are available and not full, found among the best `limit` who are
    /// available.
    pub(crate) fn best(&self, reader: &Reader, limit: usize) -> Result<BestLandlords, StoreError> {
        let query = Query {
            limit,
            ..self.query()
        };
        let read = |hit: Hit<&str>| self.read(reader, hit);
        let page = reader.search_owners_as(rooms::collection(), &query, read)?;
        Ok(BestLandlords {
            are_all: page.hits.len() < limit && !page.trace.is_partial,
            trace: page.trace,
            landlords: page.hits.into_iter().flatten().collect(),
        })
    }

    /// `None` for a landlord that is full, and for a room without a landlord.
    fn read(&self, reader: &Reader, hit: Hit<&str>) -> Option<RankedLandlord> {
        let landlord = hit.document.owner?;
        let signals = reader.signals(landlord);
        if Closed::of(signals).is_some() {
            return None;
        }
        let distance_m = hit.distance_m.unwrap_or_default();
        let (request, room) = (self.request, &hit.document);
        Some(RankedLandlord {
            landlord,
            reason: reason::of_landlord(request, room, distance_m, signals, self.now_s),
            room: BestRoom::of(room),
            distance_m: hit.distance_m,
            score: hit.score,
            explanation: hit.explanation,
        })
    }
}
