//! Who may read the matches of a request.

use sqlx::PgPool;
use uuid::Uuid;

use crate::action::actor::{Actor, Scope};
use crate::action::error::ActionError;

/// Checks that the actor may read the landlords for a request: the student who has made it, an
/// admin, or a key with the scope `requests:write`; of a student, for its own requests.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Forbidden` for the request of another student and a
/// key without the scope; `NotFound` if there is no such request.
pub async fn require_reader_of_matches(
    pool: &PgPool,
    actor: &Actor,
    request: Uuid,
) -> Result<(), ActionError> {
    actor.require_scope(Scope::RequestsWrite)?;
    if *actor == Actor::Anonymous {
        return Err(ActionError::sign_in_required());
    }
    let student = sqlx::query_scalar!("SELECT student_id FROM requests WHERE id = $1", request)
        .fetch_optional(pool)
        .await?;
    let Some(student) = student else {
        let expected = "the id of a request of yours";
        return Err(ActionError::not_found("id", request, expected));
    };
    match actor.limited_to() {
        Some(user) if user != student => Err(ActionError::forbidden(
            "only the student who has made the request can do this",
        )),
        _ => Ok(()),
    }
}
