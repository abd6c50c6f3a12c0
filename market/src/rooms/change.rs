//! Changes the details of rooms.

use serde_json::{Value, json};
use uuid::Uuid;

use super::access::writable;
use super::constraints::of_constraint;
use super::patch::RoomPatch;
use super::room::Room;
use super::status::Status;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::matching::enqueue_matching_of_landlord;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;

/// Changes a room that is not removed. A patch without a difference writes nothing.
///
/// A room that moves or becomes one of another type loses its verification, because the review was
/// of another room.
///
/// # Errors
///
/// Those of writing a room: `Unauthenticated`, `Forbidden`, `NotFound` and `PreconditionFailed`;
/// `Invalid` for a value that its field does not accept; `Conflict` for a removed room.
pub async fn change_room(
    transaction: &mut Transaction,
    id: Uuid,
    patch: RoomPatch,
    if_version: &IfVersion,
) -> Result<Room, ActionError> {
    let mut room = writable(transaction, id, if_version).await?;
    if room.status == Status::Removed {
        let reason = "the room is removed and cannot be changed any more";
        return Err(ActionError::conflict(reason));
    }
    let details = patch.apply(&room.details)?;
    let mut change = details.changed_from(&room.details);
    if change.is_empty() {
        return Ok(room);
    }
    let verified_at = room
        .verified_at
        .filter(|_| !details.is_another_room_than(&room.details));
    if verified_at != room.verified_at {
        change.insert("verified".to_owned(), json!(false));
    }
    let updated = sqlx::query!(
        "UPDATE rooms SET title = $2, description = $3, address = $4, locality = $5, city = $6,
            postal_code = $7, country_code = $8,
            location = ST_SetSRID(ST_MakePoint($9, $10), 4326)::geography,
            price = $11::bigint::numeric / 100, currency = $12, occupancy = $13, room_type = $14,
            amenities = $15, minimum_nights = $16, floor = $17, verified_at = $18
        WHERE id = $1 RETURNING updated_at, version",
        id,
        details.title,
        details.description,
        details.address,
        details.locality,
        details.city,
        details.postal_code,
        details.country_code,
        details.location.lng,
        details.location.lat,
        details.price_hundredths,
        details.currency,
        details.occupancy,
        details.room_type,
        &details.amenities,
        details.minimum_nights,
        details.floor,
        verified_at
    )
    .fetch_one(transaction.sql())
    .await
    .map_err(|error| of_constraint(error, room.landlord_id, &details))?;
    if room.status == Status::Listed {
        enqueue_matching_of_landlord(transaction, room.landlord_id).await?;
    }
    let event = Event::new("room.changed", Subject::new("room", id));
    transaction
        .record(event.with_change(Value::Object(change)))
        .await?;
    room.details = details;
    room.verified_at = verified_at;
    room.updated_at = updated.updated_at;
    room.version = updated.version;
    Ok(room)
}
