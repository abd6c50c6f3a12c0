//! Takes rooms from one state to another.

use serde_json::{Value, json};
use uuid::Uuid;

use super::access::{reviewable, writable};
use super::room::Room;
use super::status::{Status, Step};
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::matching::enqueue_matching_of_landlord;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::fields::text;

/// Submits a draft for review.
///
/// # Errors
///
/// Those of writing a room: `Unauthenticated`, `Forbidden`, `NotFound` and `PreconditionFailed`;
/// `Conflict` for a room in another state.
pub async fn submit_room(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<Room, ActionError> {
    let room = writable(transaction, id, if_version).await?;
    take(transaction, room, Step::Submit, None).await
}

/// Hides a listed room from searches.
///
/// # Errors
///
/// As [`submit_room`].
pub async fn pause_room(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<Room, ActionError> {
    let room = writable(transaction, id, if_version).await?;
    take(transaction, room, Step::Pause, None).await
}

/// Lists a paused room again.
///
/// # Errors
///
/// As [`submit_room`].
pub async fn resume_room(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<Room, ActionError> {
    let room = writable(transaction, id, if_version).await?;
    take(transaction, room, Step::Resume, None).await
}

/// Removes a room for good. Its row stays, because bookings refer to it. A room that is removed
/// already stays so, and nothing is written.
///
/// # Errors
///
/// Those of writing a room: `Unauthenticated`, `Forbidden`, `NotFound` and `PreconditionFailed`.
pub async fn remove_room(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<Room, ActionError> {
    let room = writable(transaction, id, if_version).await?;
    if room.status == Status::Removed {
        return Ok(room);
    }
    take(transaction, room, Step::Remove, None).await
}

/// Lists a submitted room as verified.
///
/// # Errors
///
/// Those of [`Actor::require_admin`](crate::Actor::require_admin), `NotFound`,
/// `PreconditionFailed`, and `Conflict` for a room in another state.
pub async fn verify_room(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<Room, ActionError> {
    let room = reviewable(transaction, id, if_version).await?;
    take(transaction, room, Step::Verify, None).await
}

/// Returns a submitted room to its landlord, who reads the reason: 1 to 1,000 characters.
///
/// # Errors
///
/// As [`verify_room`], and `Invalid` for a reason of another length.
pub async fn reject_room(
    transaction: &mut Transaction,
    id: Uuid,
    reason: &str,
    if_version: &IfVersion,
) -> Result<Room, ActionError> {
    let room = reviewable(transaction, id, if_version).await?;
    let reason = text::line("reason", reason, 1..=1000)?;
    take(transaction, room, Step::Reject, Some(reason)).await
}

/// Takes a room to its next state. A step without a reason removes the one of an earlier review.
async fn take(
    transaction: &mut Transaction,
    mut room: Room,
    step: Step,
    reason: Option<String>,
) -> Result<Room, ActionError> {
    let status = room.status.after(step)?;
    let updated = sqlx::query!(
        "UPDATE rooms SET status = $2, rejection_reason = $3,
            submitted_at = CASE WHEN $4 THEN now() ELSE submitted_at END,
            verified_at = CASE WHEN $5 THEN now() ELSE verified_at END
        WHERE id = $1 RETURNING submitted_at, verified_at, updated_at, version",
        room.id,
        status.as_str(),
        reason,
        step == Step::Submit,
        step == Step::Verify
    )
    .fetch_one(transaction.sql())
    .await?;
    if [room.status, status].contains(&Status::Listed) {
        enqueue_matching_of_landlord(transaction, room.landlord_id).await?;
    }
    let event = Event::new(step.event(), Subject::new("room", room.id));
    let mut change = json!({"from": room.status.as_str(), "to": status.as_str()});
    if let Some(reason) = &reason {
        change["reason"] = Value::from(reason.as_str());
    }
    transaction.record(event.with_change(change)).await?;
    room.status = status;
    room.rejection_reason = reason;
    room.submitted_at = updated.submitted_at;
    room.verified_at = updated.verified_at;
    room.updated_at = updated.updated_at;
    room.version = updated.version;
    Ok(room)
}
