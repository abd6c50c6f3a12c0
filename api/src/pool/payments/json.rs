//! The JSON of a payment and of a balance.

use roost_market::pool::payments::{Balance, Payment};
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A payment or a refund. It never changes, but for the sum of its refunds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Payment)]
pub(crate) struct PaymentJson {
    id: Uuid,
    contract_id: Uuid,
    /// `payment` or `refund`.
    #[schema(example = "payment")]
    kind: &'static str,
    /// The payment that a refund pays back; null for a payment.
    refunded_id: Option<Uuid>,
    /// In the minor unit of the currency.
    #[schema(example = 80_000)]
    amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "INR")]
    currency: String,
    /// `cash`, `transfer` or `provider`.
    #[schema(example = "transfer")]
    method: &'static str,
    /// What the caller calls it.
    #[schema(example = "receipt-2026-17")]
    reference: String,
    /// What the payment provider calls it; null for cash and transfers.
    #[schema(example = "ch_3Nk1b2")]
    provider_reference: Option<String>,
    /// The sum of the refunds of a payment.
    #[schema(example = 0)]
    refunded_minor: i64,
    /// When it was recorded, UTC.
    #[schema(example = "2026-12-01T10:15:00.000Z")]
    created_at: String,
}

/// The sum of all contracts of a student or a landlord in one currency, in its minor unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Balance)]
pub(crate) struct BalanceJson {
    /// ISO 4217.
    #[schema(example = "INR")]
    currency: String,
    /// The totals of the contracts that are not cancelled.
    #[schema(example = 240_000)]
    charged_minor: i64,
    /// Payments less refunds.
    #[schema(example = 80_000)]
    received_minor: i64,
    /// What a student owes, or a landlord is owed; negative for what has to be paid back.
    #[schema(example = 160_000)]
    due_minor: i64,
}

impl From<Payment> for PaymentJson {
    fn from(payment: Payment) -> PaymentJson {
        PaymentJson {
            id: payment.id,
            contract_id: payment.contract_id,
            kind: payment.kind.as_str(),
            refunded_id: payment.refunded_id,
            amount_minor: payment.amount_minor,
            currency: payment.currency,
            method: payment.method.as_str(),
            reference: payment.reference,
            provider_reference: payment.provider_reference,
            refunded_minor: payment.refunded_minor,
            created_at: rfc3339(payment.created_at),
        }
    }
}

impl From<Balance> for BalanceJson {
    fn from(balance: Balance) -> BalanceJson {
        BalanceJson {
            currency: balance.currency,
            charged_minor: balance.charged_minor,
            received_minor: balance.received_minor,
            due_minor: balance.due_minor,
        }
    }
}
