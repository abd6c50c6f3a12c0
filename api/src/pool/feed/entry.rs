//! An entry of a feed in JSON.

use std::borrow::Borrow;
use std::collections::HashMap;

use roost_collections::{requests, rooms};
use roost_engine::{Document, Hit, Key};
use roost_market::pool::matches::FeedLandlord;
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::collections::document::{DocumentJson, ownerless_document_schema};
use crate::pool::ranking::best_room::BestRoom;
use crate::pool::ranking::reason;
use crate::query::score::Score;

/// A request that a room of the landlord fits.
#[derive(Debug, Serialize, ToSchema)]
#[serde(bound = "Text: Borrow<str>")]
#[schema(as = FeedEntry)]
pub(crate) struct FeedEntry<Text = String> {
    #[schema(value_type = PoolRequest)]
    request: DocumentJson<Text>,
    #[serde(flatten)]
    score: Score,
    /// Why the room fits the request, in words. For people: may change.
    #[schema(
        example = "1.2 km away, 850 INR of a budget of 900, 2 of 3 preferred amenities, no offers yet"
    )]
    reason: String,
    room: Option<BestRoom>,
    /// Whether the landlord has viewed the request.
    #[schema(example = false)]
    viewed: bool,
    /// Whether the landlord has made an offer for it.
    #[schema(example = false)]
    responded: bool,
}

/// A request without its student, as the OpenAPI document describes it.
pub(crate) struct PoolRequest;

impl PartialSchema for PoolRequest {
    fn schema() -> RefOr<Schema> {
        ownerless_document_schema(&requests::DECLARATION)
    }
}

impl ToSchema for PoolRequest {}

impl<'a> FeedEntry<&'a str> {
    pub(super) fn new(
        mut hit: Hit<&'a str>,
        probes: &HashMap<Key, &Document>,
        landlord: &FeedLandlord,
    ) -> FeedEntry<&'a str> {
        let key = hit.document.key;
        let room = hit.probe.and_then(|probe| probes.get(&probe).copied());
        let distance_m = hit.distance_m.unwrap_or_default();
        let explanation = hit.explanation.as_ref();
        let reason = room.map_or_else(String::new, |room| {
            reason::of_request(&hit.document, room, distance_m, explanation)
        });
        FeedEntry {
            room: room.map(BestRoom::of),
            reason,
            score: Score::take(&mut hit, rooms::collection()),
            viewed: landlord.viewed.contains(&key),
            responded: landlord.responded.contains(&key),
            request: DocumentJson::new(requests::declared(), hit.document).with_owner(false),
        }
    }
}
