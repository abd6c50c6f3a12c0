//! A room in JSON.

use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;

use roost_engine::{Collection, Document};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::vocabulary::{Amenity, RoomStatus, RoomType};
use crate::query::place::Location;

/// A room.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Room<'a> {
    #[schema(example = "019b76da-a85e-77d1-92b0-13d485117cc7")]
    id: Uuid,
    landlord_id: Option<Uuid>,
    #[schema(example = "Quiet room with a desk in Powai")]
    title: Cow<'a, str>,
    description: Cow<'a, str>,
    #[schema(example = "14 Hill Side Road")]
    address: Cow<'a, str>,
    #[schema(example = "Powai")]
    locality: Cow<'a, str>,
    #[schema(example = "Mumbai")]
    city: Cow<'a, str>,
    #[schema(example = "400076")]
    postal_code: Cow<'a, str>,
    /// ISO 3166.
    #[schema(example = "IN")]
    country_code: Cow<'a, str>,
    location: Location,
    /// The price for one night in units of `currency`; null if unknown.
    #[schema(example = 850.0)]
    price: Option<f64>,
    /// ISO 4217.
    #[schema(example = "INR")]
    currency: Cow<'a, str>,
    /// The number of people who can sleep here.
    #[schema(minimum = 1, maximum = 100, example = 2)]
    occupancy: u16,
    #[schema(value_type = RoomType)]
    room_type: Option<&'static str>,
    #[schema(value_type = Vec<Amenity>)]
    amenities: Vec<&'static str>,
    #[schema(minimum = 1, example = 1)]
    minimum_nights: u16,
    /// 0 to 5; null without a rated review.
    #[schema(minimum = 0, maximum = 5, example = 4.6)]
    rating_average: Option<f64>,
    #[schema(example = 31)]
    review_count: u32,
    #[schema(value_type = RoomStatus)]
    status: Option<&'static str>,
    /// Whether the platform has verified the listing.
    #[schema(example = true)]
    verified: bool,
}

impl<'a, Text: Into<Cow<'a, str>> + Borrow<str> + Ord> From<Document<Text>> for Room<'a> {
    fn from(document: Document<Text>) -> Room<'a> {
        let mut details = document.details;
        Room {
            id: document.key,
            landlord_id: document.owner,
            title: document.title.into(),
            description: document.description.into(),
            address: document.address.into(),
            locality: document.locality.into(),
            city: document.city.into(),
            postal_code: take(&mut details, "postal_code"),
            country_code: take(&mut details, "country_code"),
            location: document.place.into(),
            price: document.price,
            currency: take(&mut details, "currency"),
            occupancy: document.occupancy,
            room_type: Collection::Rooms.category_name(document.category),
            amenities: Collection::Rooms.tag_names(document.tags),
            minimum_nights: document.nights_min,
            rating_average: document.rating,
            review_count: document.reviews,
            status: Collection::Rooms.status_name(document.status),
            verified: document.verified,
        }
    }
}

fn take<'a, Text: Into<Cow<'a, str>> + Borrow<str> + Ord>(
    details: &mut BTreeMap<Text, Text>,
    name: &str,
) -> Cow<'a, str> {
    details.remove(name).map(Text::into).unwrap_or_default()
}
