//! What the violation of a constraint of the table `requests` means.

use uuid::Uuid;

use super::details::RequestDetails;
use crate::action::error::ActionError;

/// The error of a statement that writes a request. The vocabulary of room types and amenities is
/// known to the database alone.
pub(super) fn of_constraint(
    error: sqlx::Error,
    student_id: Uuid,
    request: &RequestDetails,
) -> ActionError {
    let names = |field, names: &[String], expected| {
        Some(ActionError::invalid(field, names.join(", "), expected))
    };
    ActionError::of_constraint(error, |constraint| match constraint {
        "requests_student_id_student_role_fkey" => {
            let expected = "the id of a student";
            Some(ActionError::invalid("student_id", student_id, expected))
        }
        "requests_required_amenities_check" => names(
            "required_amenities",
            &request.required_amenities,
            "known amenities only",
        ),
        "requests_preferred_amenities_check" => names(
            "preferred_amenities",
            &request.preferred_amenities,
            "known amenities only",
        ),
        "requests_room_types_check" => {
            names("room_types", &request.room_types, "known room types only")
        }
        _ => None,
    })
}
