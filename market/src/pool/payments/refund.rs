//! Refunds payments.

use uuid::Uuid;

use super::fields;
use super::payment::{Insert, Kind, Method, Payment, require_new_reference};
use super::provider::{PaymentProvider, Refunding};
use super::record::{no_provider, record};
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::pool::contracts::locked_contract;
use crate::pool::party::Party;

/// A new refund. Its values are not checked yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRefund {
    /// In the minor unit of the currency; what is left of the payment without one.
    pub amount_minor: Option<i64>,
    /// What the caller calls it, unique in its contract.
    pub reference: String,
}

/// Records that the landlord has paid a payment back, in part or as a whole, by the same method.
///
/// # Errors
///
/// `Unauthenticated`; `Forbidden` for the student and for keys without the scope `admin`;
/// `NotFound` for a payment of other parties; `Invalid` for an amount above what is left of the
/// payment; `Conflict` for a refund instead of a payment, one of which nothing is left, a reference
/// that was used, and a refund that the provider declines; `Busy` if the provider is unreachable.
pub async fn refund_payment(
    transaction: &mut Transaction,
    provider: Option<&dyn PaymentProvider>,
    payment_id: Uuid,
    new: NewRefund,
) -> Result<Payment, ActionError> {
    Party::of(transaction.actor(), Uuid::nil(), Uuid::nil())?;
    fields::reference(&new.reference)?;
    let contract_id = sqlx::query_scalar!(
        "SELECT contract_id FROM payment_balances WHERE payment_id = $1",
        payment_id
    )
    .fetch_optional(transaction.sql())
    .await?;
    let contract_id = contract_id.ok_or_else(|| not_found(payment_id))?;
    let locked = locked_contract(transaction, contract_id, &IfVersion::Any).await;
    let (contract, party) = locked.map_err(|error| match error {
        ActionError::NotFound(_) => not_found(payment_id),
        error => error,
    })?;
    party.require(&[Party::Landlord, Party::Admin], "refund a payment")?;
    require_new_reference(transaction, contract_id, &new.reference).await?;
    let payment = Payment::of_id(transaction, payment_id).await?;
    let payment = payment.ok_or_else(|| not_found(payment_id))?;
    let amount_minor = refundable(&payment, new.amount_minor)?;
    let provider_reference = match (payment.method, &payment.provider_reference) {
        (Method::Provider, Some(charge)) => {
            let refunding = Refunding {
                contract_id,
                reference: &new.reference,
                charge,
                amount_minor,
                currency: &payment.currency,
            };
            let provider = provider.ok_or_else(no_provider)?;
            Some(provider.refund(refunding).await?)
        }
        _ => None,
    };
    let insert = Insert {
        contract_id,
        kind: Kind::Refund,
        refunded_id: Some(payment.id),
        amount_minor,
        currency: &payment.currency,
        method: payment.method,
        reference: &new.reference,
        provider_reference: provider_reference.as_deref(),
    };
    let refund = insert.run(transaction).await?;
    record(transaction, &contract, &refund, "payment.refunded").await?;
    Ok(refund)
}

/// The amount of a refund.
fn refundable(payment: &Payment, amount_minor: Option<i64>) -> Result<i64, ActionError> {
    if payment.kind == Kind::Refund {
        return Err(ActionError::conflict("this is a refund, and no payment"));
    }
    let left = payment.amount_minor - payment.refunded_minor;
    if left == 0 {
        return Err(ActionError::conflict("the payment is refunded as a whole"));
    }
    let amount = amount_minor.unwrap_or(left);
    if (1..=left).contains(&amount) {
        return Ok(amount);
    }
    let expected = format!("from 1 to {left}, what is left of the payment");
    Err(ActionError::invalid("amount_minor", amount, expected))
}

fn not_found(id: Uuid) -> ActionError {
    ActionError::not_found("id", id, "the id of a payment of yours")
}
