//! Records payments.

use serde_json::json;
use uuid::Uuid;

use super::fields;
use super::payment::{Insert, Kind, Method, Payment, require_new_reference};
use super::provider::{Charge, PaymentProvider};
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::pool::contracts::{Contract, Status, activate, locked_contract, unmark_covered};
use crate::pool::party::Party;

/// A new payment. Its values are not checked yet.
#[derive(Clone, PartialEq)]
pub struct NewPayment {
    /// In the minor unit of the currency.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// How it was or is paid.
    pub method: String,
    /// What the caller calls it, unique in its contract.
    pub reference: String,
    /// The token of the payment provider, a secret; only for the method `provider`.
    pub provider_token: Option<String>,
}

/// Records a payment of a contract. The first one makes the contract active.
///
/// The landlord and admins record cash and transfers that the landlord has received. The student is
/// charged by the provider.
///
/// # Errors
///
/// `Unauthenticated`; `Forbidden` for another party than the method demands; `NotFound` for a
/// contract of other parties; `Invalid` for another currency than that of the contract, an amount
/// above the amount due, and a first payment below the price of a night; `Conflict` for a contract
/// that is cancelled or paid, a reference that was used, and a charge that the provider declines;
/// `Busy` if the provider is unreachable.
pub async fn record_payment(
    transaction: &mut Transaction,
    provider: Option<&dyn PaymentProvider>,
    contract_id: Uuid,
    new: NewPayment,
) -> Result<Payment, ActionError> {
    let method: Method = new.method.parse()?;
    fields::reference(&new.reference)?;
    let (contract, party) = locked_contract(transaction, contract_id, &IfVersion::Any).await?;
    match method {
        Method::Provider => party.require(&[Party::Student], "pay by the payment provider")?,
        _ => party.require(&[Party::Landlord, Party::Admin], "record what was received")?,
    }
    // A repeated payment is reported as that, also when the contract is paid meanwhile.
    require_new_reference(transaction, contract.id, &new.reference).await?;
    require_payable(&contract, &new)?;
    let provider_reference = match method {
        Method::Provider => Some(charge(provider, &contract, &new).await?),
        _ if new.provider_token.is_some() => {
            let expected = "absent unless the method is provider";
            return Err(ActionError::invalid_secret("provider_token", expected));
        }
        _ => None,
    };
    let insert = Insert {
        contract_id: contract.id,
        kind: Kind::Payment,
        refunded_id: None,
        amount_minor: new.amount_minor,
        currency: &new.currency,
        method,
        reference: &new.reference,
        provider_reference: provider_reference.as_deref(),
    };
    let payment = insert.run(transaction).await?;
    record(transaction, &contract, &payment, "payment.recorded").await?;
    if contract.status == Status::Pending {
        activate(transaction, &contract).await?;
    }
    if contract.overdue_at.is_some() {
        unmark_covered(transaction, contract.id).await?;
    }
    Ok(payment)
}

/// Records the event of a payment or refund.
pub(super) async fn record(
    transaction: &mut Transaction,
    contract: &Contract,
    payment: &Payment,
    kind: &'static str,
) -> Result<(), ActionError> {
    let mut change = contract.parties();
    change["amount_minor"] = json!(payment.amount_minor);
    change["currency"] = json!(payment.currency);
    change["method"] = json!(payment.method.as_str());
    change["reference"] = json!(payment.reference);
    if let Some(refunded) = payment.refunded_id {
        change["refunded_id"] = json!(refunded);
    }
    let event = Event::new(kind, Subject::new("payment", payment.id));
    transaction.record(event.with_change(change)).await
}

/// Checks a payment against the balance of its contract.
fn require_payable(contract: &Contract, new: &NewPayment) -> Result<(), ActionError> {
    if contract.status == Status::Cancelled {
        let reason = "the contract is cancelled, so nothing is due";
        return Err(ActionError::conflict(reason));
    }
    if new.currency != contract.currency {
        let expected = format!("{}, the currency of the contract", contract.currency);
        return Err(ActionError::invalid("currency", &new.currency, expected));
    }
    let invalid =
        |expected: String| ActionError::invalid("amount_minor", new.amount_minor, expected);
    if new.amount_minor < 1 {
        return Err(invalid(fields::AMOUNT_EXPECTED.to_owned()));
    }
    if contract.due_minor == 0 {
        let reason = "the contract is paid, so nothing is due";
        return Err(ActionError::conflict(reason));
    }
    if new.amount_minor > contract.due_minor {
        return Err(invalid(format!(
            "at most {}, the amount due",
            contract.due_minor
        )));
    }
    if contract.status == Status::Pending && new.amount_minor < contract.price_minor {
        return Err(invalid(format!(
            "at least {}, the price for one night, because the first payment makes the contract \
             active",
            contract.price_minor
        )));
    }
    Ok(())
}

async fn charge(
    provider: Option<&dyn PaymentProvider>,
    contract: &Contract,
    new: &NewPayment,
) -> Result<String, ActionError> {
    let token = fields::provider_token(new.provider_token.as_deref())?;
    let provider = provider.ok_or_else(no_provider)?;
    let charge = Charge {
        contract_id: contract.id,
        reference: &new.reference,
        amount_minor: new.amount_minor,
        currency: &new.currency,
        token,
    };
    Ok(provider.charge(charge).await?)
}

/// The error of a node without a payment provider.
pub(super) fn no_provider() -> ActionError {
    let expected = "cash or transfer, because this node has no payment provider";
    ActionError::invalid("method", "provider", expected)
}

#[cfg(test)]
mod tests {
    use sqlx::types::chrono::{DateTime, NaiveDate};

    use super::*;

    fn contract(status: Status, due_minor: i64) -> Contract {
        Contract {
            id: Uuid::nil(),
            offer_id: Uuid::nil(),
            request_id: Uuid::nil(),
            student_id: Uuid::nil(),
            landlord_id: Uuid::nil(),
            room_id: Uuid::nil(),
            room_title: String::new(),
            booking_id: Uuid::nil(),
            check_in: NaiveDate::MIN,
            check_out: NaiveDate::MAX,
            price_minor: 50,
            total_minor: 100,
            currency: "INR".to_owned(),
            due_on: NaiveDate::MIN,
            status,
            charged_minor: 100,
            received_minor: 100 - due_minor,
            due_minor,
            overdue_at: None,
            instalments: Vec::new(),
            closed_by: None,
            cancel_reason: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            activated_at: None,
            closed_at: None,
            version: 1,
            landlord_user_id: Uuid::nil(),
            today: NaiveDate::MIN,
        }
    }

    #[test]
    fn a_payment_has_the_currency_of_its_contract_and_is_not_above_the_amount_due() {
        let pay = |status, due, amount_minor, currency: &str| {
            let new = NewPayment {
                amount_minor,
                currency: currency.to_owned(),
                method: "cash".to_owned(),
                reference: "r".to_owned(),
                provider_token: None,
            };
            require_payable(&contract(status, due), &new).map_err(|error| error.to_string())
        };
        assert_eq!(pay(Status::Pending, 100, 50, "INR"), Ok(()));
        assert_eq!(pay(Status::Active, 50, 1, "INR"), Ok(()));
        assert_eq!(pay(Status::Ended, 50, 50, "INR"), Ok(()));
        for (rejected, start) in [
            (
                pay(Status::Pending, 100, 49, "INR"),
                "amount_minor must be at least 50",
            ),
            (
                pay(Status::Active, 50, 51, "INR"),
                "amount_minor must be at most 50",
            ),
            (
                pay(Status::Active, 50, 0, "INR"),
                "amount_minor must be a whole number",
            ),
            (pay(Status::Active, 50, 50, "EUR"), "currency must be INR"),
            (pay(Status::Active, 0, 1, "INR"), "the contract is paid"),
            (
                pay(Status::Cancelled, -50, 1, "INR"),
                "the contract is cancelled",
            ),
        ] {
            let error = rejected.unwrap_err();
            assert!(error.starts_with(start), "{error}");
        }
    }
}
