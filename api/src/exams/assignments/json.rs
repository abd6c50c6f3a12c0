//! The JSON of an assignment, as officials and as its student see it.

use roost_market::exams::{Assignment, OwnAssignment};
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::query::place::Location;

/// An assignment, as officials see it. Whether the student has an account makes no difference.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Assignment)]
pub(crate) struct AssignmentJson {
    id: Uuid,
    exam_session_id: Uuid,
    venue_id: Uuid,
    /// The address of the student, in lower case; null for an imported student without one.
    #[schema(example = "nina@example.com")]
    student_email: Option<String>,
    /// UTC.
    #[schema(example = "2026-12-01T09:00:00.000Z")]
    created_at: String,
    /// UTC.
    #[schema(example = "2026-12-01T10:15:00.000Z")]
    updated_at: String,
}

/// An assignment, as its student sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OwnAssignment)]
pub(crate) struct OwnAssignmentJson {
    id: Uuid,
    exam_session: AssignedSession,
    venue: AssignedVenue,
    /// UTC.
    #[schema(example = "2026-12-01T09:00:00.000Z")]
    created_at: String,
    /// UTC.
    #[schema(example = "2026-12-01T10:15:00.000Z")]
    updated_at: String,
}

/// The exam session of an assignment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssignedSession {
    id: Uuid,
    #[schema(example = "Summer examinations 2027")]
    name: String,
    university_id: Uuid,
    #[schema(example = "University of Mumbai")]
    university_name: String,
    /// The first day, in the local calendar of the venue.
    #[schema(example = "2027-05-03")]
    starts_on: String,
    /// The last day.
    #[schema(example = "2027-05-14")]
    ends_on: String,
}

/// The venue of an assignment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssignedVenue {
    id: Uuid,
    #[schema(example = "Ramnarain Ruia College")]
    name: String,
    /// Street and number.
    #[schema(example = "L. Nappo Road, Matunga")]
    address: String,
    /// Town or city.
    #[schema(example = "Mumbai")]
    city: String,
    location: Location,
}

impl From<Assignment> for AssignmentJson {
    fn from(assignment: Assignment) -> AssignmentJson {
        AssignmentJson {
            id: assignment.id,
            exam_session_id: assignment.exam_session_id,
            venue_id: assignment.venue_id,
            student_email: assignment.student_email,
            created_at: rfc3339(assignment.created_at),
            updated_at: rfc3339(assignment.updated_at),
        }
    }
}

impl From<OwnAssignment> for OwnAssignmentJson {
    fn from(assignment: OwnAssignment) -> OwnAssignmentJson {
        OwnAssignmentJson {
            id: assignment.id,
            exam_session: AssignedSession {
                id: assignment.exam_session_id,
                name: assignment.exam_session_name,
                university_id: assignment.university_id,
                university_name: assignment.university_name,
                starts_on: assignment.starts_on.to_string(),
                ends_on: assignment.ends_on.to_string(),
            },
            venue: AssignedVenue {
                id: assignment.venue_id,
                name: assignment.venue_name,
                address: assignment.venue_address,
                city: assignment.venue_city,
                location: Location {
                    lat: assignment.venue_location.lat,
                    lng: assignment.venue_location.lng,
                },
            },
            created_at: rfc3339(assignment.created_at),
            updated_at: rfc3339(assignment.updated_at),
        }
    }
}
