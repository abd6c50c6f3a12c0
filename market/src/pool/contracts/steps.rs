//! Takes contracts from one state to another.

use serde_json::json;
use uuid::Uuid;

use super::access::locked_contract;
use super::contract::Contract;
use super::instalment::unmark_covered;
use super::status::{Status, Step};
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::matching::enqueue_matching_of_landlord;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::fields::text;
use crate::pool::offers::fields::REASON_CHARS_MAX;
use crate::pool::party::Party;

/// Ends an active contract whose stay has started. The nights from today on and the capacity of the
/// landlord are free again, and the total stays charged.
///
/// # Errors
///
/// `Unauthenticated`, `Forbidden` for a key without the scope `admin`, `NotFound` for a contract of
/// other parties, `PreconditionFailed`; `Conflict` for a contract that is not active, and for a
/// stay that has not started.
pub async fn end_contract(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<Contract, ActionError> {
    let (contract, party) = locked_contract(transaction, id, if_version).await?;
    contract.status.after(Step::End)?;
    if contract.today < contract.check_in {
        return Err(ActionError::conflict(format!(
            "the stay begins on {}: a contract can be cancelled before that day, but not ended",
            contract.check_in
        )));
    }
    let contract = close(transaction, contract, Step::End, party, None).await?;
    sqlx::query!(
        "UPDATE bookings SET
            status = CASE WHEN check_in >= $2 THEN 'cancelled' ELSE status END,
            check_out = CASE WHEN check_in >= $2 THEN check_out ELSE least(check_out, $2) END
        WHERE id = $1 AND check_out > $2",
        contract.booking_id,
        contract.today
    )
    .execute(transaction.sql())
    .await?;
    Ok(contract)
}

/// Cancels a contract until the day of check-in. The nights and the capacity of the landlord are
/// free again, nothing is charged, and what was paid is to be refunded. The reason, of 1 to 500
/// characters, is for the other party.
///
/// # Errors
///
/// As [`end_contract`]; `Invalid` for a reason of another length; `Conflict` for a contract that is
/// ended or cancelled, and for one whose stay began before today.
pub async fn cancel_contract(
    transaction: &mut Transaction,
    id: Uuid,
    reason: Option<&str>,
    if_version: &IfVersion,
) -> Result<Contract, ActionError> {
    let (contract, party) = locked_contract(transaction, id, if_version).await?;
    let reason = reason.map(|reason| text::line("reason", reason, 1..=REASON_CHARS_MAX));
    let reason = reason.transpose()?;
    contract.status.after(Step::Cancel)?;
    if contract.status == Status::Active && contract.today > contract.check_in {
        return Err(ActionError::conflict(format!(
            "the stay began on {}: the contract can be ended, but not cancelled any more",
            contract.check_in
        )));
    }
    let contract = close(transaction, contract, Step::Cancel, party, reason).await?;
    sqlx::query!(
        "UPDATE bookings SET status = 'cancelled' WHERE id = $1",
        contract.booking_id
    )
    .execute(transaction.sql())
    .await?;
    Ok(contract)
}

/// Makes a pending contract active, because its first payment is recorded.
pub(in crate::pool) async fn activate(
    transaction: &mut Transaction,
    contract: &Contract,
) -> Result<(), ActionError> {
    let status = contract.status.after(Step::Activate)?;
    sqlx::query!(
        "UPDATE contracts SET status = $2, activated_at = now() WHERE id = $1",
        contract.id,
        status.as_str()
    )
    .execute(transaction.sql())
    .await?;
    sqlx::query!(
        "UPDATE bookings SET status = 'confirmed' WHERE id = $1",
        contract.booking_id
    )
    .execute(transaction.sql())
    .await?;
    record(transaction, contract, Step::Activate, None, None).await
}

/// Ends or cancels a locked contract.
async fn close(
    transaction: &mut Transaction,
    contract: Contract,
    step: Step,
    party: Party,
    reason: Option<String>,
) -> Result<Contract, ActionError> {
    let status = contract.status.after(step)?;
    sqlx::query!(
        "UPDATE contracts SET status = $2, closed_by = $3, cancel_reason = $4, closed_at = now()
        WHERE id = $1",
        contract.id,
        status.as_str(),
        party.as_str(),
        reason
    )
    .execute(transaction.sql())
    .await?;
    if contract.overdue_at.is_some() {
        unmark_covered(transaction, contract.id).await?;
    }
    record(transaction, &contract, step, Some(party), reason).await?;
    let closed = Contract::in_transaction(transaction, contract.id).await?;
    closed.ok_or_else(|| ActionError::internal("a contract is missing after its update"))
}

async fn record(
    transaction: &mut Transaction,
    contract: &Contract,
    step: Step,
    party: Option<Party>,
    reason: Option<String>,
) -> Result<(), ActionError> {
    let mut change = contract.parties();
    if let Some(party) = party {
        change["closed_by"] = json!(party.as_str());
    }
    if let Some(reason) = reason {
        change["reason"] = json!(reason);
    }
    let event = Event::new(step.event(), Subject::new("contract", contract.id));
    transaction.record(event.with_change(change)).await?;
    // Its capacity has changed, and after most steps the booked nights.
    enqueue_matching_of_landlord(transaction, contract.landlord_id).await
}
