//! Moves students to another venue, and removes assignments.

use serde_json::json;
use uuid::Uuid;

use super::assignment::{Assignment, writable};
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;

/// Moves a student to another venue. The venue that it has already changes nothing.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `NotFound` for an assignment that does not exist or
/// that the actor may not see; `Invalid` for a venue that does not exist or is inactive.
pub async fn change_assignment(
    transaction: &mut Transaction,
    id: Uuid,
    venue_id: Uuid,
) -> Result<Assignment, ActionError> {
    let before = writable(transaction, id).await?;
    if before.venue_id == venue_id {
        return Ok(before);
    }
    let is_active = sqlx::query_scalar!(
        r#"SELECT status = 'active' AS "is_active!" FROM exam_venues WHERE id = $1 FOR SHARE"#,
        venue_id
    )
    .fetch_optional(transaction.sql())
    .await?;
    if is_active != Some(true) {
        let expected = "the id of an active venue";
        return Err(ActionError::invalid("venue_id", venue_id, expected));
    }
    let updated_at = sqlx::query_scalar!(
        "UPDATE venue_assignments SET exam_venue_id = $2 WHERE id = $1 RETURNING updated_at",
        id,
        venue_id
    )
    .fetch_one(transaction.sql())
    .await?;
    let event = event("assignment.changed", id, before.exam_session_id, venue_id);
    transaction.record(event).await?;
    Ok(Assignment {
        venue_id,
        updated_at,
        ..before
    })
}

/// Removes an assignment, and returns it as it was.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `NotFound` for an assignment that does not exist or
/// that the actor may not see.
pub async fn remove_assignment(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Assignment, ActionError> {
    let before = writable(transaction, id).await?;
    sqlx::query!("DELETE FROM venue_assignments WHERE id = $1", id)
        .execute(transaction.sql())
        .await?;
    let (session, venue) = (before.exam_session_id, before.venue_id);
    let event = event("assignment.removed", id, session, venue);
    transaction.record(event).await?;
    Ok(before)
}

/// The event of an assignment. It does not contain the address of the student.
pub(super) fn event(kind: &'static str, id: Uuid, session: Uuid, venue: Uuid) -> Event {
    let change = json!({"exam_session_id": session, "venue_id": venue});
    Event::new(kind, Subject::new("assignment", id)).with_change(change)
}
