//! Makes offers.

use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use super::fields;
use super::offer::Offer;
use super::request::{LockedRequest, lock_request};
use crate::action::actor::Role;
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;
use crate::landlords::{id_of_user, record_activity};

/// A new offer. Its values are not checked yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOffer {
    /// The room.
    pub room_id: Uuid,
    /// The price for one night in the minor unit of the currency.
    pub price_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// What the landlord says.
    pub message: String,
    /// Until when the student can accept it, in the format of RFC 3339; two days from now without.
    pub valid_until: Option<String>,
}

/// What an offer has to know of its room.
struct OfferedRoom {
    landlord_id: Uuid,
    status: String,
    occupancy: i16,
    minimum_nights: i32,
    is_booked: bool,
}

/// Offers a listed room of the signed-in landlord for an active request.
///
/// # Errors
///
/// Those of [`Actor::user_of`](crate::Actor::user_of); `NotFound` for a request that does not
/// exist; `Forbidden` for the room of another landlord; `Invalid` for a value that its field does
/// not accept, such as another currency than that of the request or a price above its budget;
/// `Conflict` for a request that is closed, booked nights, a landlord without free capacity, a room
/// that does not serve the request, and a second open offer of the room.
pub async fn make_offer(
    transaction: &mut Transaction,
    request_id: Uuid,
    new: NewOffer,
) -> Result<Offer, ActionError> {
    let user = transaction.actor().user_of(Role::Landlord)?.id;
    let price_minor = fields::price(new.price_minor)?;
    let message = fields::message(new.message)?;
    let valid_until = new.valid_until.as_deref().map(fields::valid_until);
    let valid_until = valid_until.transpose()?;
    let request = lock_request(transaction, request_id).await?;
    let request = request
        .ok_or_else(|| ActionError::not_found("id", request_id, "the id of a rental request"))?;
    request.require_active()?;
    request.require_price(price_minor, &new.currency)?;
    let landlord_id = id_of_user(transaction.sql(), user).await?;
    let room = OfferedRoom::read(transaction, new.room_id, &request).await?;
    room.check(new.room_id, landlord_id, &request)?;
    let valid_until = check_end(transaction, new.valid_until.as_deref(), valid_until).await?;
    record_activity(transaction.sql(), user).await?;
    require_capacity(transaction, landlord_id).await?;
    let id = sqlx::query_scalar!(
        "INSERT INTO offers
            (request_id, landlord_id, room_id, check_in, check_out, price_minor, currency, message,
            valid_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        request.id,
        landlord_id,
        new.room_id,
        request.check_in,
        request.check_out,
        price_minor,
        new.currency,
        message,
        valid_until
    )
    .fetch_one(transaction.sql())
    .await
    .map_err(of_constraint)?;
    let offer = Offer::locked(transaction, id).await?;
    let offer =
        offer.ok_or_else(|| ActionError::internal("an offer is missing after its insert"))?;
    transaction.record(offer.event()).await?;
    Ok(offer)
}

/// Checks that a landlord has capacity for one more contract. Only the acceptance of an offer
/// reserves it.
async fn require_capacity(
    transaction: &mut Transaction,
    landlord_id: Uuid,
) -> Result<(), ActionError> {
    let capacity = sqlx::query!(
        "SELECT total_capacity, active_contracts + pending_contracts AS \"contracts!\"
        FROM landlords WHERE id = $1",
        landlord_id
    )
    .fetch_one(transaction.sql())
    .await?;
    if capacity.contracts < capacity.total_capacity {
        return Ok(());
    }
    Err(ActionError::conflict(format!(
        "the landlord has {} of {} possible contracts and no capacity for another one",
        capacity.contracts, capacity.total_capacity
    )))
}

/// The end of an offer: two days from now without one, and at most 30.
async fn check_end(
    transaction: &mut Transaction,
    text: Option<&str>,
    end: Option<DateTime<Utc>>,
) -> Result<DateTime<Utc>, ActionError> {
    let checked = sqlx::query!(
        r#"
        SELECT coalesce($1, now() + interval '2 days') AS "end!",
            coalesce($1 > now() AND $1 <= now() + interval '30 days', true) AS "is_in_time!"
        "#,
        end
    )
    .fetch_one(transaction.sql())
    .await?;
    if checked.is_in_time {
        return Ok(checked.end);
    }
    let text = text.unwrap_or_default();
    let expected = fields::VALID_UNTIL_EXPECTED;
    Err(ActionError::invalid("valid_until", text, expected))
}

fn of_constraint(error: sqlx::Error) -> ActionError {
    ActionError::of_constraint(error, |constraint| {
        let reason = "there is an open offer of this room for the request; withdraw it first";
        (constraint == "offers_open_key").then(|| ActionError::conflict(reason))
    })
}

impl OfferedRoom {
    /// Reads a room, and whether a night of the request is booked. Keeps the room as it is until
    /// the transaction ends.
    async fn read(
        transaction: &mut Transaction,
        id: Uuid,
        request: &LockedRequest,
    ) -> Result<Self, ActionError> {
        let room = sqlx::query_as!(
            Self,
            r#"
            SELECT landlord_id, status, occupancy, minimum_nights,
                EXISTS (
                    SELECT FROM bookings b WHERE b.room_id = r.id AND b.status <> 'cancelled'
                        AND daterange(b.check_in, b.check_out) && daterange($2, $3)
                ) AS "is_booked!"
            FROM rooms r WHERE id = $1 FOR SHARE OF r
            "#,
            id,
            request.check_in,
            request.check_out
        )
        .fetch_optional(transaction.sql())
        .await?;
        room.ok_or_else(|| not_yours(id))
    }

    /// Checks that the landlord can offer the room for the request.
    fn check(
        &self,
        id: Uuid,
        landlord_id: Uuid,
        request: &LockedRequest,
    ) -> Result<(), ActionError> {
        if self.landlord_id != landlord_id {
            // A room that is not public is as absent as one that does not exist.
            return Err(match self.status.as_str() {
                "listed" | "paused" => {
                    ActionError::forbidden("only the landlord of the room can offer it")
                }
                _ => not_yours(id),
            });
        }
        if self.status != "listed" {
            let status = &self.status;
            let reason = format!("the room is {status}: only a listed room can be offered");
            return Err(ActionError::conflict(reason));
        }
        if self.occupancy < request.occupants {
            return Err(ActionError::conflict(format!(
                "the room accommodates {} people, and the request is for {}",
                self.occupancy, request.occupants
            )));
        }
        if i64::from(self.minimum_nights) > request.nights() {
            return Err(ActionError::conflict(format!(
                "the room is let for {} nights or more, and the request is for {}",
                self.minimum_nights,
                request.nights()
            )));
        }
        if self.is_booked {
            let reason = "the room is booked for at least one of the nights of the request";
            return Err(ActionError::conflict(reason));
        }
        Ok(())
    }
}

fn not_yours(id: Uuid) -> ActionError {
    ActionError::invalid("room_id", id, "the id of a listed room of yours")
}
