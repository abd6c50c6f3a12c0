//! Who may see and answer an offer.

use sqlx::PgPool;
use uuid::Uuid;

use super::offer::Offer;
use super::request::lock_request;
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::landlords::record_activity;
use crate::pool::party::Party;

/// The offer of an id, if the actor is one of its parties.
///
/// # Errors
///
/// Those of [`Party::of`]; `NotFound` for an offer that does not exist or is of other parties.
pub(super) async fn visible_offer(
    pool: &PgPool,
    actor: &Actor,
    id: Uuid,
) -> Result<Offer, ActionError> {
    // Callers who may see no offer do not learn which ones exist.
    Party::of(actor, Uuid::nil(), Uuid::nil())?;
    let offer = Offer::of_id(pool, id).await?;
    let offer = offer.ok_or_else(|| not_found(id))?;
    match Party::of(actor, offer.student_id, offer.landlord_user_id)? {
        Some(_) => Ok(offer),
        None => Err(not_found(id)),
    }
}

/// The offer of an id with the party that acts, locked after its request. Notes that a landlord
/// acts.
///
/// # Errors
///
/// Those of [`Party::of`] and [`Party::require`]; `NotFound` for an offer that does not exist or is
/// of other parties; `PreconditionFailed` for another version.
pub(in crate::pool) async fn locked_offer(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
    allowed: &[Party],
    action: &str,
) -> Result<Offer, ActionError> {
    Party::of(transaction.actor(), Uuid::nil(), Uuid::nil())?;
    let request_id = sqlx::query_scalar!("SELECT request_id FROM offers WHERE id = $1", id)
        .fetch_optional(transaction.sql())
        .await?;
    let request_id = request_id.ok_or_else(|| not_found(id))?;
    lock_request(transaction, request_id).await?;
    let offer = Offer::locked(transaction, id).await?;
    let offer = offer.ok_or_else(|| not_found(id))?;
    let party = Party::of(
        transaction.actor(),
        offer.student_id,
        offer.landlord_user_id,
    )?;
    let party = party.ok_or_else(|| not_found(id))?;
    party.require(allowed, action)?;
    if_version.check("the offer", offer.version)?;
    if party == Party::Landlord {
        record_activity(transaction.sql(), offer.landlord_user_id).await?;
    }
    Ok(offer)
}

/// The error for an offer that does not exist or that the actor may not see.
pub(super) fn not_found(id: Uuid) -> ActionError {
    ActionError::not_found("id", id, "the id of an offer of yours")
}
