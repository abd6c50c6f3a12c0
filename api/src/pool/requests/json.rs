//! The JSON of a rental request as its student and admins see it.

use roost_market::fields::in_units;
use roost_market::pool::requests::{RentalRequest, RequestDetails};
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::write::Versioned;
use crate::query::place::Location;

/// A rental request, as its student and admins see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RentalRequest)]
pub(crate) struct RentalRequestJson {
    id: Uuid,
    /// The student who needs the room.
    student_id: Uuid,
    /// `active`, `matched`, `expired` or `cancelled`.
    #[schema(example = "active")]
    status: &'static str,
    /// The venue of the exam; null if the student gave a point.
    venue_id: Option<Uuid>,
    #[schema(example = "Quiet room near Powai for an exam")]
    title: String,
    description: String,
    /// Town or city; empty if unknown.
    #[schema(example = "Mumbai")]
    city: String,
    location: Location,
    /// How far from `location` a room may be, in metres.
    #[schema(example = 4000)]
    reach_m: i32,
    /// The date of the first evening.
    #[schema(example = "2027-05-02")]
    check_in: String,
    /// The date of the morning after the last night.
    #[schema(example = "2027-05-05")]
    check_out: String,
    /// The number of people who need a bed.
    #[schema(example = 2)]
    occupants: i16,
    /// The highest price for one night in units of `currency`; null for any.
    #[schema(example = 900.0)]
    budget: Option<f64>,
    /// ISO 4217.
    #[schema(example = "INR")]
    currency: String,
    /// What a room must have. Sorted, each once.
    #[schema(example = json!(["wifi"]))]
    required_amenities: Vec<String>,
    /// What makes a room better. Sorted, each once.
    #[schema(example = json!(["desk", "quiet"]))]
    preferred_amenities: Vec<String>,
    /// The accepted room types; empty for any.
    #[schema(example = json!(["private_room"]))]
    room_types: Vec<String>,
    /// When an active request ends, UTC.
    #[schema(example = "2027-04-20T09:00:00.000Z")]
    expires_at: String,
    /// UTC.
    #[schema(example = "2027-04-06T09:00:00.000Z")]
    created_at: String,
    /// UTC.
    #[schema(example = "2027-04-06T09:00:00.000Z")]
    updated_at: String,
    /// Another one after each change; `ETag` has it in quotes.
    #[schema(example = 1)]
    version: i64,
}

impl From<RentalRequest> for RentalRequestJson {
    fn from(request: RentalRequest) -> RentalRequestJson {
        let RequestDetails {
            venue_id,
            title,
            description,
            city,
            location,
            reach_m,
            check_in,
            check_out,
            occupants,
            budget_hundredths,
            currency,
            required_amenities,
            preferred_amenities,
            room_types,
            expires_at,
        } = request.details;
        RentalRequestJson {
            id: request.id,
            student_id: request.student_id,
            status: request.status.as_str(),
            venue_id,
            title,
            description,
            city,
            location: Location {
                lat: location.lat,
                lng: location.lng,
            },
            reach_m,
            check_in: check_in.to_string(),
            check_out: check_out.to_string(),
            occupants,
            budget: budget_hundredths.map(in_units),
            currency,
            required_amenities,
            preferred_amenities,
            room_types,
            expires_at: rfc3339(expires_at),
            created_at: rfc3339(request.created_at),
            updated_at: rfc3339(request.updated_at),
            version: request.version,
        }
    }
}

/// A request with its entity tag.
pub(super) fn versioned(request: RentalRequest) -> Versioned<RentalRequestJson> {
    Versioned {
        version: request.version,
        location: None,
        data: request.into(),
    }
}
