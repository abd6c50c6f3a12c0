//! A landlord for a request in JSON.

use roost_collections::rooms;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::freshness::Index;
use crate::pool::ranking::best_room::BestRoom;
use crate::pool::ranking::landlords::RankedLandlord;
use crate::query::score::Score;

/// A landlord with a room that fits a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LandlordForRequest)]
pub(crate) struct LandlordEntry {
    landlord_id: Uuid,
    #[serde(flatten)]
    score: Score,
    /// Why the landlord and its room fit, in words. For people: may change.
    #[schema(
        example = "1.2 km away, 850 INR of a budget of 900, 3 of 4 contracts free, active in the last day"
    )]
    reason: String,
    room: BestRoom,
}

/// How the landlords for a request were found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LandlordsMeta)]
pub(crate) struct LandlordsMeta {
    /// The number of landlords, at most 100: there are no others than the best 100.
    #[schema(maximum = 100, example = 37)]
    pub(super) total: usize,
    /// Whether the search stopped at its deadline. There may be better landlords then.
    #[schema(example = false)]
    pub(super) partial: bool,
    /// The name of the ranking profile.
    #[schema(example = "landlord")]
    pub(super) profile: String,
    /// Time spent in this service, in microseconds.
    #[schema(example = 830)]
    pub(super) took_us: u64,
    /// Null when following a cursor.
    #[schema(example = 1)]
    pub(super) page: Option<usize>,
    #[schema(example = 20)]
    pub(super) limit: usize,
    /// The `cursor` of the next page; null at the end.
    pub(super) next_cursor: Option<String>,
    pub(super) index: Index,
}

impl LandlordEntry {
    pub(super) fn new(ranked: RankedLandlord, explain: bool) -> LandlordEntry {
        let explanation = ranked.explanation.filter(|_| explain);
        LandlordEntry {
            landlord_id: ranked.landlord,
            score: Score::of(
                ranked.score,
                ranked.distance_m,
                explanation,
                rooms::collection(),
            ),
            reason: ranked.reason,
            room: ranked.room,
        }
    }
}
