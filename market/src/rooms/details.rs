//! What a landlord says of a room.

use serde_json::{Map, Value, json};

use crate::fields::Point;

/// What a landlord says of a room. Its values are valid, but for the names of the room type and the
/// amenities, which the database checks.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomDetails {
    /// One line, 1 to 300 characters.
    pub title: String,
    /// Free text of at most 20,000 characters.
    pub description: String,
    /// Street and number.
    pub address: String,
    /// Neighbourhood.
    pub locality: String,
    /// Town or city.
    pub city: String,
    /// The postal code.
    pub postal_code: String,
    /// ISO 3166.
    pub country_code: String,
    /// Where it is.
    pub location: Point,
    /// The price of a night in hundredths of the currency; `None` if it is unknown.
    pub price_hundredths: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// The number of people that it accommodates, 1 to 100.
    pub occupancy: i16,
    /// One of the room types of the table.
    pub room_type: String,
    /// Amenities of the vocabulary of the table, sorted, each once.
    pub amenities: Vec<String>,
    /// The minimum stay in nights, 1 to 10,000.
    pub minimum_nights: i32,
    /// 0 for the ground floor, at most 200; `None` if it is unknown.
    pub floor: Option<i16>,
}

impl RoomDetails {
    /// The fields by name, as events have them.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let fields = json!({
            "title": self.title,
            "description": self.description,
            "address": self.address,
            "locality": self.locality,
            "city": self.city,
            "postal_code": self.postal_code,
            "country_code": self.country_code,
            "location": {"lat": self.location.lat, "lng": self.location.lng},
            "price_hundredths": self.price_hundredths,
            "currency": self.currency,
            "occupancy": self.occupancy,
            "room_type": self.room_type,
            "amenities": self.amenities,
            "minimum_nights": self.minimum_nights,
            "floor": self.floor,
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// The fields whose values differ from others, with the values here.
    pub(super) fn changed_from(&self, before: &Self) -> Map<String, Value> {
        let before = before.fields();
        let mut fields = self.fields();
        fields.retain(|name, value| before.get(name) != Some(value));
        fields
    }

    /// Whether a review of the others says nothing of these: the room is elsewhere, or of another
    /// kind.
    pub(super) fn is_another_room_than(&self, before: &Self) -> bool {
        let identity = |room: &Self| {
            let address = [&room.address, &room.locality, &room.city, &room.postal_code];
            let address = address.map(String::clone);
            let (country, kind) = (room.country_code.clone(), room.room_type.clone());
            (address, country, kind, room.location)
        };
        identity(self) != identity(before)
    }
}

/// A set, so that the same amenities in another order are no change.
pub(super) fn sorted(mut amenities: Vec<String>) -> Vec<String> {
    amenities.sort_unstable();
    amenities.dedup();
    amenities
}
