//! Creates rooms.

use serde_json::{Value, json};
use uuid::Uuid;

use super::constraints::of_constraint;
use super::patch::RoomPatch;
use super::room::Room;
use crate::action::actor::{Actor, Role, Scope};
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;
use crate::landlords::{id_of_user, record_activity};

/// A new room.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewRoom {
    /// The landlord who lets it. A landlord leaves it out, and others must name one.
    pub landlord_id: Option<Uuid>,
    /// Its details. What is absent has its default, unless it is required.
    pub details: RoomPatch,
}

/// Creates a room as a draft.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Forbidden` for a user who is neither landlord nor
/// admin, a landlord who names another one, and a key without the scope `rooms:write`; `Invalid`
/// for a value that its field does not accept.
pub async fn create_room(transaction: &mut Transaction, new: NewRoom) -> Result<Room, ActionError> {
    let landlord_id = landlord(transaction, new.landlord_id).await?;
    let details = new.details.create()?;
    let id = sqlx::query_scalar!(
        "INSERT INTO rooms (landlord_id, title, description, address, locality, city, postal_code,
            country_code, location, price, currency, occupancy, room_type, amenities,
            minimum_nights, floor, status)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
            ST_SetSRID(ST_MakePoint($9, $10), 4326)::geography, $11::bigint::numeric / 100, $12,
            $13, $14, $15, $16, $17, 'draft')
        RETURNING id",
        landlord_id,
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
        details.floor
    )
    .fetch_one(transaction.sql())
    .await
    .map_err(|error| of_constraint(error, landlord_id, &details))?;
    let mut change = details.fields();
    change.insert("landlord_id".to_owned(), json!(landlord_id));
    let event = Event::new("room.created", Subject::new("room", id));
    transaction
        .record(event.with_change(Value::Object(change)))
        .await?;
    let room = Room::locked(transaction, id).await?;
    room.ok_or_else(|| ActionError::internal("a room is missing after its insert"))
}

/// The landlord of a new room.
async fn landlord(transaction: &mut Transaction, named: Option<Uuid>) -> Result<Uuid, ActionError> {
    let actor = transaction.actor();
    actor.require_scope(Scope::RoomsWrite)?;
    let user = match actor {
        Actor::Anonymous => return Err(ActionError::sign_in_required()),
        actor if actor.limited_to().is_none() => None,
        actor => Some(actor.acts_for(Role::Landlord, Scope::RoomsWrite)?),
    };
    let Some(user) = user else {
        let expected = "the id of the landlord who lets the room";
        return named.ok_or_else(|| ActionError::invalid("landlord_id", "null", expected));
    };
    let own = id_of_user(transaction.sql(), user).await?;
    if named.is_some_and(|named| named != own) {
        let reason = "a landlord creates rooms of its own only";
        return Err(ActionError::forbidden(reason));
    }
    record_activity(transaction.sql(), user).await?;
    Ok(own)
}
