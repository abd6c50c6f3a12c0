//! The JSON of an exam session.

use roost_market::exams::Session;
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::write::Versioned;

/// An exam session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExamSession)]
pub(crate) struct SessionJson {
    id: Uuid,
    /// The university that holds it.
    university_id: Uuid,
    #[schema(example = "Summer examinations 2027")]
    name: String,
    /// The first day, in the local calendar of its venues.
    #[schema(example = "2027-05-03")]
    starts_on: String,
    /// The last day.
    #[schema(example = "2027-05-14")]
    ends_on: String,
    /// `active` or `inactive`. An inactive session gets no new assignments.
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

impl From<Session> for SessionJson {
    fn from(session: Session) -> SessionJson {
        SessionJson {
            id: session.id,
            university_id: session.university_id,
            name: session.name,
            starts_on: session.starts_on.to_string(),
            ends_on: session.ends_on.to_string(),
            status: session.status.as_str(),
            created_at: rfc3339(session.created_at),
            updated_at: rfc3339(session.updated_at),
            version: session.version,
        }
    }
}

/// An exam session with its entity tag.
pub(super) fn versioned(session: Session) -> Versioned<SessionJson> {
    Versioned {
        version: session.version,
        location: None,
        data: session.into(),
    }
}
