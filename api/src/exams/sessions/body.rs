//! The bodies that create and change exam sessions.

use roost_market::Change;
use roost_market::exams::SessionPatch;
use roost_market::exams::fields::NAME;
use roost_market::fields::Day;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::exams::params::{STATUSES, StatusName};
use crate::http::error::ApiError;
use crate::params::object::JsonObject;
use crate::params::patch::{Member, name};

const MEMBERS: [&str; 4] = ["name", "starts_on", "ends_on", "status"];

/// Those without a default.
const REQUIRED: [&str; 3] = ["name", "starts_on", "ends_on"];

const UNIVERSITY_ID: &str = "university_id";

/// A new exam session.
#[derive(Debug, ToSchema)]
#[schema(as = NewExamSession, example = json!({
    "university_id": "019b76da-a700-7d31-8a55-2f0c4be1a001", "name": "Summer examinations 2027",
    "starts_on": "2027-05-03", "ends_on": "2027-05-14"
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct NewSessionBody {
    /// The university that holds it; that of the official if it is absent.
    university_id: Option<Uuid>,
    /// One line.
    #[schema(min_length = 1, max_length = 300)]
    name: String,
    /// The first day, in the local calendar of its venues.
    #[schema(format = Date)]
    starts_on: String,
    /// The last day, not before the first.
    #[schema(format = Date)]
    ends_on: String,
    /// `active` or `inactive`; active if it is absent.
    status: Option<StatusName>,
}

/// Changes of an exam session, a merge patch (RFC 7396): what is absent stays as it is. The
/// university does not change.
#[derive(Debug, ToSchema)]
#[schema(as = ExamSessionPatch, example = json!({"ends_on": "2027-05-15"}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct SessionPatchBody {
    /// One line. It cannot be null, and neither can the days.
    #[schema(min_length = 1, max_length = 300, nullable = false, required = false)]
    name: Option<String>,
    /// The first day.
    #[schema(format = Date, nullable = false, required = false)]
    starts_on: Option<String>,
    /// The last day, not before the first.
    #[schema(format = Date, nullable = false, required = false)]
    ends_on: Option<String>,
    /// `active` or `inactive`; null restores active.
    status: Option<StatusName>,
}

/// A new exam session.
pub(super) struct NewSession {
    pub(super) university_id: Option<Uuid>,
    pub(super) details: SessionPatch,
}

/// Reads a new exam session.
pub(super) fn read_new(body: &[u8]) -> Result<NewSession, ApiError> {
    let known = [&MEMBERS[..], &[UNIVERSITY_ID]].concat();
    let mut object = JsonObject::parse(body, &known)?;
    for member in REQUIRED {
        object.require(member, || expected(member))?;
    }
    let university_id = match Member::id(UNIVERSITY_ID, &mut object)? {
        Change::Set(id) => Some(id),
        Change::Keep | Change::Clear => None,
    };
    Ok(NewSession {
        university_id,
        details: read(&mut object)?,
    })
}

/// Reads changes of an exam session.
pub(super) fn read_patch(body: &[u8]) -> Result<SessionPatch, ApiError> {
    read(&mut JsonObject::parse(body, &MEMBERS)?)
}

fn read(object: &mut JsonObject) -> Result<SessionPatch, ApiError> {
    let member = |name| Member::new(name, expected(name));
    Ok(SessionPatch {
        name: member("name").text(object)?,
        starts_on: member("starts_on").text(object)?,
        ends_on: member("ends_on").text(object)?,
        status: name(object, "status", STATUSES)?,
    })
}

/// What a member is, for an error.
fn expected(member: &str) -> String {
    match member {
        "name" => NAME.expected(),
        _ => Day::EXPECTED.to_owned(),
    }
}
