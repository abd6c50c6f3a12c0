//! What does a room look like in JSON?

use std::collections::BTreeMap;

use roost_engine::{Collection, Document, Hit};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::place::Location;
use crate::score::Score;
use crate::vocabulary::{Amenity, RoomStatus, RoomType};

/// A room.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Room {
    #[schema(example = "0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001")]
    id: Uuid,
    landlord_id: Option<Uuid>,
    #[schema(example = "Quiet room with a desk in Powai")]
    title: String,
    description: String,
    #[schema(example = "14 Hill Side Road")]
    address: String,
    #[schema(example = "Powai")]
    locality: String,
    #[schema(example = "Mumbai")]
    city: String,
    #[schema(example = "400076")]
    postal_code: String,
    /// ISO 3166.
    #[schema(example = "IN")]
    country_code: String,
    location: Location,
    /// For one night, in units of `currency`; null if unknown.
    #[schema(example = 850.0)]
    price: Option<f64>,
    /// ISO 4217.
    #[schema(example = "INR")]
    currency: String,
    /// How many people can sleep here.
    #[schema(minimum = 1, maximum = 100, example = 2)]
    occupancy: u16,
    #[schema(value_type = RoomType)]
    room_type: Option<&'static str>,
    #[schema(value_type = Vec<Amenity>)]
    amenities: Vec<&'static str>,
    #[schema(minimum = 1, example = 1)]
    minimum_nights: u32,
    /// 0 to 5; null without a rated review.
    #[schema(minimum = 0, maximum = 5, example = 4.6)]
    rating_average: Option<f64>,
    #[schema(example = 31)]
    review_count: u32,
    #[schema(value_type = RoomStatus)]
    status: Option<&'static str>,
    /// Whether somebody has made sure that the room is what it says.
    #[schema(example = true)]
    verified: bool,
}

/// A room that a search found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoomHit {
    pub(crate) room: Room,
    #[serde(flatten)]
    pub(crate) score: Score,
}

impl From<Document> for Room {
    fn from(document: Document) -> Room {
        let mut details = document.details;
        Room {
            id: document.key,
            landlord_id: document.owner,
            title: document.title,
            description: document.description,
            address: document.address,
            locality: document.locality,
            city: document.city,
            postal_code: take(&mut details, "postal_code"),
            country_code: take(&mut details, "country_code"),
            location: document.place.into(),
            price: document.price,
            currency: take(&mut details, "currency"),
            occupancy: document.occupancy,
            room_type: Collection::Rooms.category_name(document.category),
            amenities: Collection::Rooms.tag_names(document.tags),
            minimum_nights: take(&mut details, "minimum_nights").parse().unwrap_or(1),
            rating_average: document.rating,
            review_count: document.reviews,
            status: Collection::Rooms.status_name(document.status),
            verified: document.verified,
        }
    }
}

impl From<Hit> for RoomHit {
    fn from(mut hit: Hit) -> RoomHit {
        let score = Score::take(&mut hit);
        RoomHit {
            room: hit.document.into(),
            score,
        }
    }
}

fn take(details: &mut BTreeMap<String, String>, name: &str) -> String {
    details.remove(name).unwrap_or_default()
}
