//! The bodies that create and change universities.

use roost_market::exams::UniversityPatch;
use roost_market::exams::fields::{ALIASES, CITY, NAME, STATE};
use roost_market::fields::COUNTRY_CODE;
use utoipa::ToSchema;

use crate::exams::params::{STATUSES, StatusName};
use crate::http::error::ApiError;
use crate::params::object::JsonObject;
use crate::params::patch::{Member, name};

const MEMBERS: [&str; 6] = ["name", "aliases", "city", "state", "country_code", "status"];

/// Those without a default.
const REQUIRED: [&str; 4] = ["name", "city", "state", "country_code"];

/// A new university.
#[derive(Debug, ToSchema)]
#[schema(as = NewUniversity, example = json!({
    "name": "University of Mumbai", "aliases": ["Bombay University"], "city": "Mumbai",
    "state": "Maharashtra", "country_code": "IN"
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct NewUniversityBody {
    /// One line.
    #[schema(min_length = 1, max_length = 300)]
    name: String,
    /// Short and former names, one line each.
    #[schema(max_items = 50)]
    aliases: Option<Vec<String>>,
    /// Town or city.
    #[schema(min_length = 1, max_length = 200)]
    city: String,
    #[schema(min_length = 1, max_length = 200)]
    state: String,
    /// ISO 3166.
    #[schema(pattern = "^[A-Z]{2}$")]
    country_code: String,
    /// `active` or `inactive`; active if it is absent.
    status: Option<StatusName>,
}

/// Changes of a university, a merge patch (RFC 7396): what is absent stays as it is, and null
/// removes a value or restores its default.
#[derive(Debug, ToSchema)]
#[schema(as = UniversityPatch, example = json!({"aliases": ["Bombay University", "MU"]}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct UniversityPatchBody {
    /// One line. It cannot be null, and neither can the city, the state and the country.
    #[schema(min_length = 1, max_length = 300, nullable = false, required = false)]
    name: Option<String>,
    /// Short and former names, one line each.
    #[schema(max_items = 50)]
    aliases: Option<Vec<String>>,
    /// Town or city.
    #[schema(min_length = 1, max_length = 200, nullable = false, required = false)]
    city: Option<String>,
    #[schema(min_length = 1, max_length = 200, nullable = false, required = false)]
    state: Option<String>,
    /// ISO 3166.
    #[schema(pattern = "^[A-Z]{2}$", nullable = false, required = false)]
    country_code: Option<String>,
    /// `active` or `inactive`. Only an admin changes it.
    status: Option<StatusName>,
}

/// Reads a new university.
pub(super) fn read_new(body: &[u8]) -> Result<UniversityPatch, ApiError> {
    let mut object = JsonObject::parse(body, &MEMBERS)?;
    for member in REQUIRED {
        object.require(member, || expected(member))?;
    }
    read(&mut object)
}

/// Reads changes of a university.
pub(super) fn read_patch(body: &[u8]) -> Result<UniversityPatch, ApiError> {
    read(&mut JsonObject::parse(body, &MEMBERS)?)
}

fn read(object: &mut JsonObject) -> Result<UniversityPatch, ApiError> {
    let member = |name| Member::new(name, expected(name));
    Ok(UniversityPatch {
        name: member("name").text(object)?,
        aliases: member("aliases").texts(object)?,
        city: member("city").text(object)?,
        state: member("state").text(object)?,
        country_code: member("country_code").text(object)?,
        status: name(object, "status", STATUSES)?,
    })
}

/// What a member is, for an error.
fn expected(member: &str) -> String {
    match member {
        "name" => NAME.expected(),
        "aliases" => ALIASES.expected(),
        "city" => CITY.expected(),
        "state" => STATE.expected(),
        _ => COUNTRY_CODE.expected.to_owned(),
    }
}
