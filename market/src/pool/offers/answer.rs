//! Declines and withdraws offers.

use uuid::Uuid;

use super::access::locked_offer;
use super::fields::REASON_CHARS_MAX;
use super::offer::Offer;
use super::status::Status;
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::fields::text;
use crate::pool::party::Party;

/// Declines an open offer, with a reason that the landlord reads: 1 to 500 characters.
///
/// # Errors
///
/// `Unauthenticated`; `Forbidden` for all but the student; `NotFound` for an offer of other
/// parties; `PreconditionFailed`; `Invalid` for a reason of another length; `Conflict` for an offer
/// that is not open.
pub async fn decline_offer(
    transaction: &mut Transaction,
    id: Uuid,
    reason: Option<&str>,
    if_version: &IfVersion,
) -> Result<Offer, ActionError> {
    let allowed = [Party::Student];
    let offer = locked_offer(transaction, id, if_version, &allowed, "decline the offer").await?;
    let reason = reason.map(|reason| text::line("reason", reason, 1..=REASON_CHARS_MAX));
    offer.status.require_open(Status::Declined)?;
    offer
        .become_final(transaction, Status::Declined, reason.transpose()?)
        .await
}

/// Withdraws an open offer.
///
/// # Errors
///
/// As [`decline_offer`], for the landlord and admins.
pub async fn withdraw_offer(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<Offer, ActionError> {
    let allowed = [Party::Landlord, Party::Admin];
    let offer = locked_offer(transaction, id, if_version, &allowed, "withdraw the offer").await?;
    offer.status.require_open(Status::Withdrawn)?;
    offer
        .become_final(transaction, Status::Withdrawn, None)
        .await
}
