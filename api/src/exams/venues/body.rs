//! The bodies that create and change venues.

use roost_collections::venues::DECLARATION;
use roost_market::exams::VenuePatch;
use roost_market::exams::fields::{ADDRESS, ALIASES, CITY, NAME, POSTAL_CODE, SEATS, VENUE_STATE};
use roost_market::fields::{COUNTRY_CODE, location_expected};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::exams::params::{STATUSES, StatusName};
use crate::http::error::ApiError;
use crate::params::object::JsonObject;
use crate::params::patch::{Member, location, name};
use crate::params::scalar::one_of;
use crate::query::place::Location;

/// The members that an official writes.
const MEMBERS: [&str; 12] = [
    "university_id",
    "name",
    "aliases",
    "kind",
    "address",
    "city",
    "state",
    "postal_code",
    "country_code",
    "location",
    "seats",
    "status",
];

/// Those without a default.
const REQUIRED: [&str; 5] = ["name", "kind", "city", "country_code", "location"];

/// A new venue.
#[derive(Debug, ToSchema)]
#[schema(as = NewVenue, example = json!({
    "name": "Ramnarain Ruia College", "aliases": ["Ruia"], "kind": "college",
    "address": "L. Nappo Road, Matunga", "city": "Mumbai", "state": "Maharashtra",
    "postal_code": "400019", "country_code": "IN",
    "location": {"lat": 19.0237, "lng": 72.8493}, "seats": 600
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct NewVenueBody {
    /// The university that it belongs to; that of the official if it is absent, and none if an
    /// admin leaves it out.
    university_id: Option<Uuid>,
    /// One line.
    #[schema(min_length = 1, max_length = 300)]
    name: String,
    /// Other names that searches find the venue by, one line each.
    #[schema(max_items = 50)]
    aliases: Option<Vec<String>>,
    kind: KindName,
    /// Street and number.
    #[schema(max_length = 500)]
    address: Option<String>,
    /// Town or city.
    #[schema(min_length = 1, max_length = 200)]
    city: String,
    #[schema(max_length = 200)]
    state: Option<String>,
    #[schema(max_length = 20)]
    postal_code: Option<String>,
    /// ISO 3166.
    #[schema(pattern = "^[A-Z]{2}$")]
    country_code: String,
    location: Location,
    /// The number of people who can sit an exam at once; unknown if it is absent.
    #[schema(minimum = 1, maximum = 1_000_000)]
    seats: Option<i32>,
    /// `active` or `inactive`; active if it is absent.
    status: Option<StatusName>,
}

/// Changes of a venue, a merge patch (RFC 7396): what is absent stays as it is, and null removes a
/// value or restores its default.
#[derive(Debug, ToSchema)]
#[schema(as = VenuePatch, example = json!({"seats": 800, "location": {"lat": 19.0238}}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct VenuePatchBody {
    /// Only an admin changes it.
    university_id: Option<Uuid>,
    /// One line. It cannot be null, and neither can kind, city, country and location.
    #[schema(min_length = 1, max_length = 300, nullable = false, required = false)]
    name: Option<String>,
    /// Other names that searches find the venue by, one line each.
    #[schema(max_items = 50)]
    aliases: Option<Vec<String>>,
    #[schema(nullable = false, required = false)]
    kind: Option<KindName>,
    /// Street and number.
    #[schema(max_length = 500)]
    address: Option<String>,
    /// Town or city.
    #[schema(min_length = 1, max_length = 200, nullable = false, required = false)]
    city: Option<String>,
    #[schema(max_length = 200)]
    state: Option<String>,
    #[schema(max_length = 20)]
    postal_code: Option<String>,
    /// ISO 3166.
    #[schema(pattern = "^[A-Z]{2}$", nullable = false, required = false)]
    country_code: Option<String>,
    #[schema(nullable = false, required = false)]
    location: Option<LocationPatch>,
    /// The number of people who can sit an exam at once; null if unknown.
    #[schema(minimum = 1, maximum = 1_000_000)]
    seats: Option<i32>,
    /// `active` or `inactive`. Searches find active venues; null restores active.
    status: Option<StatusName>,
}

/// The kind of a venue.
#[derive(Debug, ToSchema)]
#[schema(as = VenueKind)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) enum KindName {
    University,
    Institute,
    College,
    School,
    TestCentre,
    Other,
}

/// Changes of a location.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct LocationPatch {
    #[schema(minimum = -90, maximum = 90, nullable = false, required = false)]
    lat: Option<f64>,
    #[schema(minimum = -180, maximum = 180, nullable = false, required = false)]
    lng: Option<f64>,
}

/// Reads a new venue.
pub(super) fn read_new(body: &[u8]) -> Result<VenuePatch, ApiError> {
    let mut object = JsonObject::parse(body, &MEMBERS)?;
    for member in REQUIRED {
        object.require(member, || expected(member))?;
    }
    read(&mut object)
}

/// Reads changes of a venue.
pub(super) fn read_patch(body: &[u8]) -> Result<VenuePatch, ApiError> {
    read(&mut JsonObject::parse(body, &MEMBERS)?)
}

fn read(object: &mut JsonObject) -> Result<VenuePatch, ApiError> {
    let member = |name| Member::new(name, expected(name));
    Ok(VenuePatch {
        university_id: Member::id("university_id", object)?,
        name: member("name").text(object)?,
        aliases: member("aliases").texts(object)?,
        kind: name(object, "kind", DECLARATION.field("kind").names())?,
        address: member("address").text(object)?,
        city: member("city").text(object)?,
        state: member("state").text(object)?,
        postal_code: member("postal_code").text(object)?,
        country_code: member("country_code").text(object)?,
        location: location(object)?,
        seats: member("seats").whole(object)?,
        status: name(object, "status", STATUSES)?,
    })
}

/// What a member is, for an error.
fn expected(member: &str) -> String {
    match member {
        "name" => NAME.expected(),
        "aliases" => ALIASES.expected(),
        "address" => ADDRESS.expected(),
        "city" => CITY.expected(),
        "state" => VENUE_STATE.expected(),
        "postal_code" => POSTAL_CODE.expected(),
        "country_code" => COUNTRY_CODE.expected.to_owned(),
        "location" => location_expected(),
        "seats" => SEATS.expected(),
        member => one_of(DECLARATION.field(member).names().iter().copied()),
    }
}
