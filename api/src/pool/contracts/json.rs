//! The JSON of a contract.

use roost_market::pool::contracts::{Contract, Instalment};
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::write::Versioned;

/// A contract, as its parties see it. Amounts are in the minor unit of the currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contract)]
pub(crate) struct ContractJson {
    id: Uuid,
    /// The accepted offer.
    offer_id: Uuid,
    request_id: Uuid,
    student_id: Uuid,
    landlord_id: Uuid,
    room_id: Uuid,
    #[schema(example = "Quiet room with a desk in Powai")]
    room_title: String,
    /// The booking that reserves the nights.
    booking_id: Uuid,
    /// `pending` until the first payment, then `active`, at last `ended` or `cancelled`.
    #[schema(example = "active")]
    status: &'static str,
    /// The first evening.
    #[schema(example = "2026-12-10")]
    check_in: String,
    /// The morning after the last night.
    #[schema(example = "2026-12-13")]
    check_out: String,
    /// The price for one night.
    #[schema(example = 80_000)]
    price_minor: i64,
    /// The price for all nights.
    #[schema(example = 240_000)]
    total_minor: i64,
    /// ISO 4217.
    #[schema(example = "INR")]
    currency: String,
    /// The last day on which the first instalment can be paid in time, UTC.
    #[schema(example = "2026-12-08")]
    due_on: String,
    /// When which part of the total is due: the nights of each month of the stay. Payments cover
    /// the earliest first.
    instalments: Vec<InstalmentJson>,
    /// The total; 0 once the contract is cancelled.
    #[schema(example = 240_000)]
    charged_minor: i64,
    /// Payments less refunds.
    #[schema(example = 80_000)]
    received_minor: i64,
    /// What the student owes; negative for what the landlord has to pay back.
    #[schema(example = 160_000)]
    due_minor: i64,
    /// Since when an instalment is overdue, UTC; null if none is.
    #[schema(example = "2026-12-09T00:20:00.000Z")]
    overdue_at: Option<String>,
    /// `student`, `landlord`, `admin` or `system`: who ended or cancelled it; null if it is open.
    #[schema(example = "student")]
    closed_by: Option<String>,
    /// Why it was cancelled; null without a reason.
    #[schema(example = "I have found a room nearer to the venue.")]
    cancel_reason: Option<String>,
    /// When the offer was accepted, UTC.
    #[schema(example = "2026-12-01T09:30:00.000Z")]
    created_at: String,
    /// UTC.
    #[schema(example = "2026-12-01T10:15:00.000Z")]
    updated_at: String,
    /// When the first payment was recorded, UTC.
    #[schema(example = "2026-12-01T10:15:00.000Z")]
    activated_at: Option<String>,
    /// When it ended or was cancelled, UTC.
    #[schema(example = "2026-12-13T11:11:00.000Z")]
    closed_at: Option<String>,
    /// Another one after each change, but not after a payment that changes only the balance; `ETag`
    /// has it in quotes.
    #[schema(example = 2)]
    version: i64,
}

/// An instalment of a contract.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Instalment)]
pub(crate) struct InstalmentJson {
    /// From 1, in the order of the days.
    #[schema(example = 1)]
    number: i32,
    /// The last day on which it can be paid in time, UTC.
    #[schema(example = "2026-12-08")]
    due_on: String,
    #[schema(example = 240_000)]
    amount_minor: i64,
    /// How much of it the payments cover.
    #[schema(example = 80_000)]
    paid_minor: i64,
    /// Since when it is overdue, UTC; null if it is not.
    #[schema(example = "2026-12-09T00:20:00.000Z")]
    overdue_at: Option<String>,
}

impl From<Instalment> for InstalmentJson {
    fn from(instalment: Instalment) -> InstalmentJson {
        InstalmentJson {
            number: instalment.number,
            due_on: instalment.due_on.to_string(),
            amount_minor: instalment.amount_minor,
            paid_minor: instalment.paid_minor,
            overdue_at: instalment.overdue_at.map(rfc3339),
        }
    }
}

impl From<Contract> for ContractJson {
    fn from(contract: Contract) -> ContractJson {
        ContractJson {
            id: contract.id,
            offer_id: contract.offer_id,
            request_id: contract.request_id,
            student_id: contract.student_id,
            landlord_id: contract.landlord_id,
            room_id: contract.room_id,
            room_title: contract.room_title,
            booking_id: contract.booking_id,
            status: contract.status.as_str(),
            check_in: contract.check_in.to_string(),
            check_out: contract.check_out.to_string(),
            price_minor: contract.price_minor,
            total_minor: contract.total_minor,
            currency: contract.currency,
            due_on: contract.due_on.to_string(),
            instalments: contract.instalments.into_iter().map(Into::into).collect(),
            charged_minor: contract.charged_minor,
            received_minor: contract.received_minor,
            due_minor: contract.due_minor,
            overdue_at: contract.overdue_at.map(rfc3339),
            closed_by: contract.closed_by,
            cancel_reason: contract.cancel_reason,
            created_at: rfc3339(contract.created_at),
            updated_at: rfc3339(contract.updated_at),
            activated_at: contract.activated_at.map(rfc3339),
            closed_at: contract.closed_at.map(rfc3339),
            version: contract.version,
        }
    }
}

/// A contract with its entity tag.
pub(super) fn versioned(contract: Contract) -> Versioned<ContractJson> {
    Versioned {
        version: contract.version,
        location: None,
        data: contract.into(),
    }
}
