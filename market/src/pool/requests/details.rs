//! What a student says of the room that it needs.

use serde_json::{Map, Value, json};
use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

use crate::fields::Point;
use crate::fields::time::{Time, rfc3339};

/// What a student says of the room that it needs. Its values are valid, but for the names of the
/// room types and amenities, which the database checks.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestDetails {
    /// The venue of the exam; `None` if the student gave a point.
    pub venue_id: Option<Uuid>,
    /// One line, 1 to 300 characters.
    pub title: String,
    /// Free text of at most 5,000 characters.
    pub description: String,
    /// The town or city; that of the venue if there is one.
    pub city: String,
    /// Where a room is needed; the location of the venue if there is one.
    pub location: Point,
    /// How far from there a room may be, 100 to 200,000 m.
    pub reach_m: i32,
    /// The date of the first evening.
    pub check_in: NaiveDate,
    /// The date of the morning after the last night.
    pub check_out: NaiveDate,
    /// The number of people who need a bed, 1 to 100.
    pub occupants: i16,
    /// The highest price for one night in hundredths of the currency; `None` for any.
    pub budget_hundredths: Option<i64>,
    /// ISO 4217.
    pub currency: String,
    /// What a room must have, sorted, each once.
    pub required_amenities: Vec<String>,
    /// What makes a room better, sorted, each once.
    pub preferred_amenities: Vec<String>,
    /// The accepted room types, sorted, each once; none for any.
    pub room_types: Vec<String>,
    /// When an active request ends.
    pub expires_at: Time,
}

impl RequestDetails {
    /// The fields by name, as events have them.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let fields = json!({
            "venue_id": self.venue_id,
            "title": self.title,
            "description": self.description,
            "city": self.city,
            "location": {"lat": self.location.lat, "lng": self.location.lng},
            "reach_m": self.reach_m,
            "check_in": self.check_in.to_string(),
            "check_out": self.check_out.to_string(),
            "occupants": self.occupants,
            "budget_hundredths": self.budget_hundredths,
            "currency": self.currency,
            "required_amenities": self.required_amenities,
            "preferred_amenities": self.preferred_amenities,
            "room_types": self.room_types,
            "expires_at": rfc3339(self.expires_at),
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

    /// Whether an offer for the others may not be one for these: for other nights, more people or
    /// another currency.
    pub(super) fn has_other_terms_than(&self, before: &Self) -> bool {
        let terms = |one: &Self| {
            (
                one.check_in,
                one.check_out,
                one.occupants,
                one.currency.clone(),
            )
        };
        terms(self) != terms(before)
    }
}

/// A set, so that the same names in another order are no change.
pub(super) fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}
