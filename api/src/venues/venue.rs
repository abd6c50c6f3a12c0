//! A venue in JSON.

use std::collections::BTreeMap;

use roost_engine::{Collection, Document};
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::http::schema;
use crate::query::place::Location;

/// An exam venue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Venue {
    #[schema(example = "019b76da-a800-70d2-8655-38fdde9a178b")]
    id: Uuid,
    /// The university that the venue belongs to.
    university_id: Option<Uuid>,
    #[schema(example = "Indian Institute of Technology Bombay")]
    name: String,
    /// Other names that searches find the venue by.
    #[schema(example = json!(["IIT Bombay", "IITB"]))]
    aliases: Vec<String>,
    #[schema(value_type = VenueKind)]
    kind: Option<&'static str>,
    #[schema(example = "Main Gate Road, Powai")]
    address: String,
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
    seats: Option<u32>,
}

/// The kind of a venue.
struct VenueKind;

impl From<Document> for Venue {
    fn from(document: Document) -> Venue {
        let mut details = document.details;
        let mut take = |name: &str| take_detail(&mut details, name);
        Venue {
            id: document.key,
            university_id: take("university_id").parse().ok(),
            name: document.title,
            aliases: document.aliases,
            kind: Collection::Venues.category_name(document.category),
            address: document.address,
            city: document.city,
            state: take("state"),
            postal_code: take("postal_code"),
            country_code: take("country_code"),
            location: document.place.into(),
            seats: take("seats").parse().ok(),
        }
    }
}

impl PartialSchema for VenueKind {
    fn schema() -> RefOr<Schema> {
        schema::names(Collection::Venues.categories().iter().copied()).into()
    }
}

impl ToSchema for VenueKind {}

fn take_detail(details: &mut BTreeMap<String, String>, name: &str) -> String {
    details.remove(name).unwrap_or_default()
}
