//! Who may write a room.

use uuid::Uuid;

use super::room::Room;
use crate::action::actor::{Actor, Scope};
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::landlords::record_activity;

/// The room of an id, locked, if the actor may write it: its landlord, an admin, the system, or a
/// key with the scope `rooms:write`; of a landlord, one of its own.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `NotFound` for a room that does not exist or that the
/// actor may not see; `Forbidden` for one that it may see but not write; `PreconditionFailed` for
/// another version.
pub(super) async fn writable(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<Room, ActionError> {
    transaction.actor().require_scope(Scope::RoomsWrite)?;
    if *transaction.actor() == Actor::Anonymous {
        return Err(ActionError::sign_in_required());
    }
    let user = transaction.actor().limited_to();
    let room = existing(transaction, id).await?;
    if let Some(user) = user {
        if room.user_id != user {
            return Err(of_foreign(&room));
        }
        record_activity(transaction.sql(), user).await?;
    }
    if_version.check("the room", room.version)?;
    Ok(room)
}

/// The room of an id, locked, for an actor that manages everything.
///
/// # Errors
///
/// Those of [`Actor::require_admin`], `NotFound`, and `PreconditionFailed` for another version.
pub(super) async fn reviewable(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<Room, ActionError> {
    transaction.actor().require_admin()?;
    let room = existing(transaction, id).await?;
    if_version.check("the room", room.version)?;
    Ok(room)
}

/// The error for a room that does not exist or that the actor may not see.
pub(super) fn not_found(id: Uuid) -> ActionError {
    ActionError::not_found("id", id, "the id of a room of yours")
}

async fn existing(transaction: &mut Transaction, id: Uuid) -> Result<Room, ActionError> {
    let room = Room::locked(transaction, id).await?;
    room.ok_or_else(|| not_found(id))
}

/// The error for the room of another landlord. A room that is not public is as absent as one that
/// does not exist.
fn of_foreign(room: &Room) -> ActionError {
    if room.status.is_public() {
        return ActionError::forbidden("only the landlord of the room can do this");
    }
    not_found(room.id)
}
