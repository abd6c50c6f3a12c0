//! Accepts offers.

use serde_json::json;
use uuid::Uuid;

use super::access::lock_landlord;
use super::contract::Contract;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::matching::enqueue_matching_of_landlord;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::pool::offers::{Offer, Status, locked_offer};
use crate::pool::party::Party;
use crate::pool::requests::match_request;

/// Accepts an open offer: the other offers of the request are declined, the request is matched, the
/// nights are reserved, and a contract waits for its first payment.
///
/// # Errors
///
/// `Unauthenticated`; `Forbidden` for all but the student; `NotFound` for an offer of other
/// parties; `PreconditionFailed`; `Conflict` for an offer that is not open or whose time is over, a
/// stay that has started, nights that were booked meanwhile, a landlord without free capacity, and
/// a room that is not let any more.
pub async fn accept_offer(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<Contract, ActionError> {
    let allowed = [Party::Student];
    let offer = locked_offer(transaction, id, if_version, &allowed, "accept the offer").await?;
    require_acceptable(transaction, &offer).await?;
    if lock_landlord(transaction, offer.landlord_id).await? {
        let reason = "the landlord has no capacity for another contract any more";
        return Err(ActionError::conflict(reason));
    }
    let offer = offer
        .become_final(transaction, Status::Accepted, None)
        .await?;
    match_request(transaction, offer.request_id).await?;
    let booking_id = book(transaction, &offer).await?;
    let contract_id = sqlx::query_scalar!(
        "INSERT INTO contracts (offer_id, request_id, room_id, landlord_id, student_id, booking_id,
            check_in, check_out, total_minor, currency, due_on)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
            least($7, (now() AT TIME ZONE 'UTC')::date + 7))
        RETURNING id",
        offer.id,
        offer.request_id,
        offer.room_id,
        offer.landlord_id,
        offer.student_id,
        booking_id,
        offer.check_in,
        offer.check_out,
        offer.total_minor,
        offer.currency
    )
    .fetch_one(transaction.sql())
    .await?;
    let contract = Contract::in_transaction(transaction, contract_id).await?;
    let missing = || ActionError::internal("a contract is missing after its insert");
    let contract = contract.ok_or_else(missing)?;
    let mut change = contract.parties();
    change["check_in"] = json!(contract.check_in.to_string());
    change["check_out"] = json!(contract.check_out.to_string());
    change["total_minor"] = json!(contract.total_minor);
    change["currency"] = json!(contract.currency);
    change["due_on"] = json!(contract.due_on.to_string());
    let subject = Subject::new("contract", contract.id);
    let event = Event::new("contract.created", subject).with_change(change);
    transaction.record(event).await?;
    enqueue_matching_of_landlord(transaction, contract.landlord_id).await?;
    Ok(contract)
}

/// Checks the state of an offer and its room, which stays as it is until the transaction ends.
async fn require_acceptable(
    transaction: &mut Transaction,
    offer: &Offer,
) -> Result<(), ActionError> {
    offer.status.require_open(Status::Accepted)?;
    if !offer.is_valid {
        let reason = "the time to accept the offer is over, see valid_until";
        return Err(ActionError::conflict(reason));
    }
    let room = sqlx::query!(
        r#"
        SELECT status, $2 < (now() AT TIME ZONE 'UTC')::date AS "has_started!"
        FROM rooms WHERE id = $1 FOR SHARE
        "#,
        offer.room_id,
        offer.check_in
    )
    .fetch_one(transaction.sql())
    .await?;
    if room.has_started {
        let reason = "the first night is over, so the offer cannot be accepted any more";
        return Err(ActionError::conflict(reason));
    }
    match room.status.as_str() {
        // The landlord hides a paused room from searches only.
        "listed" | "paused" => Ok(()),
        status => Err(ActionError::conflict(format!(
            "the room is {status} and is not let any more"
        ))),
    }
}

/// Reserves the nights of an offer.
async fn book(transaction: &mut Transaction, offer: &Offer) -> Result<Uuid, ActionError> {
    let booking = sqlx::query_scalar!(
        "INSERT INTO bookings (room_id, student_id, check_in, check_out) VALUES ($1, $2, $3, $4)
        RETURNING id",
        offer.room_id,
        offer.student_id,
        offer.check_in,
        offer.check_out
    )
    .fetch_one(transaction.sql())
    .await;
    booking.map_err(|error| {
        ActionError::of_constraint(error, |constraint| {
            let reason = "the room was booked meanwhile for at least one of the nights";
            (constraint == "bookings_one_a_night").then(|| ActionError::conflict(reason))
        })
    })
}
