//! The rooms of a landlord in the index.

use roost_collections::rooms;
use roost_engine::{Category, Document, Key, Reader, Signals, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

/// Why no request is offered to a landlord.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EmptyFeedReason)]
pub(crate) enum Closed {
    /// The landlord has as many active contracts as its capacity allows.
    Full,
    /// The landlord is not available: `is_available` is false.
    Unavailable,
    /// The landlord has no listed room.
    NoListedRooms,
}

impl Closed {
    /// Why a landlord with these signals gets no request; `None` if it does.
    pub(crate) fn of(signals: Signals) -> Option<Closed> {
        // A full landlord is made unavailable, so this is the reason for that.
        if signals.capacity_used >= signals.capacity_total {
            return Some(Closed::Full);
        }
        (!signals.available).then_some(Closed::Unavailable)
    }
}

/// Those of some rooms that the index has as listed rooms of a landlord.
pub(crate) fn listed_rooms(
    reader: &Reader,
    landlord: Key,
    keys: &[Key],
) -> Result<Vec<Document>, StoreError> {
    let is_listed = |room: &Document| {
        room.owner == Some(landlord) && room.category(rooms::STATUS) == Some(Category::FIRST)
    };
    let rooms = keys.iter().map(|&key| reader.get(rooms::collection(), key));
    let rooms = rooms.filter_map(Result::transpose);
    rooms
        .filter(|room| room.as_ref().map_or(true, is_listed))
        .collect()
}
