//! The JSON of a room as its landlord and admins see it.

use roost_market::fields::in_units;
use roost_market::rfc3339;
use roost_market::rooms::{Room, RoomDetails};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::write::Versioned;
use crate::query::place::Location;

/// A room, as its landlord and admins see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnRoom)]
pub(crate) struct OwnRoomJson {
    id: Uuid,
    landlord_id: Uuid,
    /// `draft`, `submitted`, `listed`, `paused` or `removed`.
    #[schema(example = "draft")]
    status: &'static str,
    #[schema(example = "Quiet room with a desk in Powai")]
    title: String,
    description: String,
    /// Street and number.
    #[schema(example = "14 Hill Side Road")]
    address: String,
    /// Neighbourhood.
    #[schema(example = "Powai")]
    locality: String,
    /// Town or city.
    #[schema(example = "Mumbai")]
    city: String,
    #[schema(example = "400076")]
    postal_code: String,
    /// ISO 3166.
    #[schema(example = "IN")]
    country_code: String,
    location: Location,
    /// The price for one night in units of `currency`; null if unknown.
    #[schema(example = 850.0)]
    price: Option<f64>,
    /// ISO 4217.
    #[schema(example = "INR")]
    currency: String,
    /// The number of people who can sleep here.
    #[schema(example = 2)]
    occupancy: i16,
    #[schema(example = "private_room")]
    room_type: String,
    /// Sorted, each once.
    #[schema(example = json!(["desk", "wifi"]))]
    amenities: Vec<String>,
    /// The minimum stay in nights.
    #[schema(example = 1)]
    minimum_nights: i32,
    /// 0 for the ground floor; null if unknown.
    #[schema(example = 2)]
    floor: Option<i16>,
    /// 0 to 5; null without a rated review.
    #[schema(example = 4.6)]
    rating_average: Option<f64>,
    /// The number of reviews.
    #[schema(example = 31)]
    review_count: i32,
    /// Why the last review rejected the room; null once it is submitted again.
    #[schema(example = "The address does not exist.")]
    rejection_reason: Option<String>,
    /// When it was last submitted, UTC.
    #[schema(example = "2026-12-01T09:30:00.000Z")]
    submitted_at: Option<String>,
    /// When an admin last verified it, UTC; null for never, and since it moved or changed its type.
    #[schema(example = "2026-12-01T10:15:00.000Z")]
    verified_at: Option<String>,
    /// UTC.
    #[schema(example = "2026-12-01T09:00:00.000Z")]
    created_at: String,
    /// UTC.
    #[schema(example = "2026-12-01T10:15:00.000Z")]
    updated_at: String,
    /// Another one after each change; `ETag` has it in quotes.
    #[schema(example = 3)]
    version: i64,
}

impl From<Room> for OwnRoomJson {
    fn from(room: Room) -> OwnRoomJson {
        let RoomDetails {
            title,
            description,
            address,
            locality,
            city,
            postal_code,
            country_code,
            location,
            price_hundredths,
            currency,
            occupancy,
            room_type,
            amenities,
            minimum_nights,
            floor,
        } = room.details;
        OwnRoomJson {
            id: room.id,
            landlord_id: room.landlord_id,
            status: room.status.as_str(),
            title,
            description,
            address,
            locality,
            city,
            postal_code,
            country_code,
            location: Location {
                lat: location.lat,
                lng: location.lng,
            },
            price: price_hundredths.map(in_units),
            currency,
            occupancy,
            room_type,
            amenities,
            minimum_nights,
            floor,
            rating_average: room.rating_average,
            review_count: room.review_count,
            rejection_reason: room.rejection_reason,
            submitted_at: room.submitted_at.map(rfc3339),
            verified_at: room.verified_at.map(rfc3339),
            created_at: rfc3339(room.created_at),
            updated_at: rfc3339(room.updated_at),
            version: room.version,
        }
    }
}

/// A room with its entity tag.
pub(super) fn versioned(room: Room) -> Versioned<OwnRoomJson> {
    Versioned {
        version: room.version,
        location: None,
        data: room.into(),
    }
}
