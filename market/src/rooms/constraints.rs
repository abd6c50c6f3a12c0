//! What the violation of a constraint of the table `rooms` means.

use uuid::Uuid;

use super::details::RoomDetails;
use crate::action::error::ActionError;

/// The error of a statement that writes a room. The vocabulary of room types and amenities is known
/// to the database alone.
pub(super) fn of_constraint(
    error: sqlx::Error,
    landlord_id: Uuid,
    room: &RoomDetails,
) -> ActionError {
    ActionError::of_constraint(error, |constraint| match constraint {
        "rooms_landlord_id_fkey" => {
            let expected = "the id of a landlord";
            Some(ActionError::invalid("landlord_id", landlord_id, expected))
        }
        "rooms_room_type_check" => {
            let expected = "one of the known room types";
            Some(ActionError::invalid("room_type", &room.room_type, expected))
        }
        "rooms_amenities_check" => {
            let amenities = room.amenities.join(", ");
            let expected = "known amenities only";
            Some(ActionError::invalid("amenities", amenities, expected))
        }
        _ => None,
    })
}
