//! The JSON of a venue as the table has it.

use roost_market::exams::{Venue, Warning};
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::write::Versioned;
use crate::query::place::Location;

/// A venue, as the table has it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VenueRecord)]
pub(crate) struct VenueRecordJson {
    id: Uuid,
    /// The university that it belongs to; null for one that admins alone write.
    university_id: Option<Uuid>,
    #[schema(example = "Indian Institute of Technology Bombay")]
    name: String,
    /// Other names that searches find the venue by.
    #[schema(example = json!(["IIT Bombay", "IITB"]))]
    aliases: Vec<String>,
    #[schema(example = "institute")]
    kind: String,
    /// Street and number.
    #[schema(example = "Main Gate Road, Powai")]
    address: String,
    /// Town or city.
    #[schema(example = "Mumbai")]
    city: String,
    #[schema(example = "Maharashtra")]
    state: String,
    #[schema(example = "400076")]
    postal_code: String,
    /// ISO 3166.
    #[schema(example = "IN")]
    country_code: String,
    location: Location,
    /// The number of people who can sit an exam at once; null if unknown.
    #[schema(example = 1200)]
    seats: Option<i32>,
    /// `active` or `inactive`. Searches find active venues.
    #[schema(example = "active")]
    status: &'static str,
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

/// What is suspicious about a venue that was written.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VenueMeta {
    /// Empty if nothing is.
    warnings: Vec<WarningJson>,
}

/// Something that may be wrong, though it was written.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VenueWarning)]
pub(crate) struct WarningJson {
    /// For programs: `location_is_zero` or `location_outside_country`.
    #[schema(example = "location_outside_country")]
    code: &'static str,
    /// The member that it is about.
    #[schema(example = "location")]
    field: &'static str,
    /// For people: may change.
    #[schema(example = "the location is not in IN; are latitude and longitude swapped?")]
    message: String,
}

impl VenueMeta {
    pub(super) fn of(venue: &Venue) -> VenueMeta {
        let warnings = Warning::of(venue).into_iter();
        VenueMeta {
            warnings: warnings
                .map(|warning| WarningJson::new(warning, venue))
                .collect(),
        }
    }
}

impl WarningJson {
    fn new(warning: Warning, venue: &Venue) -> WarningJson {
        let message = match warning {
            Warning::LocationIsZero => {
                "the location is 0, 0, in the Atlantic; was an address not found?".to_owned()
            }
            Warning::LocationOutsideCountry => format!(
                "the location is not in {}; are latitude and longitude swapped?",
                venue.country_code
            ),
        };
        WarningJson {
            code: warning.as_str(),
            field: warning.field(),
            message,
        }
    }
}

impl From<Venue> for VenueRecordJson {
    fn from(venue: Venue) -> VenueRecordJson {
        VenueRecordJson {
            id: venue.id,
            university_id: venue.university_id,
            name: venue.name,
            aliases: venue.aliases,
            kind: venue.kind,
            address: venue.address,
            city: venue.city,
            state: venue.state,
            postal_code: venue.postal_code,
            country_code: venue.country_code,
            location: Location {
                lat: venue.location.lat,
                lng: venue.location.lng,
            },
            seats: venue.seats,
            status: venue.status.as_str(),
            created_at: rfc3339(venue.created_at),
            updated_at: rfc3339(venue.updated_at),
            version: venue.version,
        }
    }
}

/// A venue with its entity tag.
pub(super) fn versioned(venue: Venue) -> Versioned<VenueRecordJson> {
    Versioned {
        version: venue.version,
        location: None,
        data: venue.into(),
    }
}
