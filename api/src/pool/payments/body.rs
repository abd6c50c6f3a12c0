//! The bodies that record payments and refunds.

use std::fmt;

use roost_market::Change;
use roost_market::pool::payments::fields::{
    AMOUNT_EXPECTED, PROVIDER_TOKEN_EXPECTED, REFERENCE_EXPECTED,
};
use roost_market::pool::payments::{Method, NewPayment, NewRefund};
use roost_market::rooms::fields::CURRENCY;
use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::params::object::JsonObject;
use crate::params::patch::{Member, name};
use crate::params::scalar::one_of;
use crate::pool::required::required;

/// A new payment.
#[derive(ToSchema)]
#[schema(as = NewPayment, example = json!({
    "amount_minor": 80_000, "currency": "INR", "method": "transfer", "reference": "receipt-2026-17"
}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct NewPaymentBody {
    /// In the minor unit of the currency: at most the amount due, and at least the price for one
    /// night if it is the first payment.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    amount_minor: i64,
    /// ISO 4217, the currency of the contract.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    /// The landlord records what it has received as `cash` or `transfer`; the student pays by
    /// `provider`.
    method: MethodName,
    /// What the caller calls the payment. A contract has one payment or refund with a reference.
    #[schema(min_length = 1, max_length = 100, pattern = "^[!-~]([ -~]*[!-~])?$")]
    reference: String,
    /// The payment provider's token of a card or an account, for the method `provider` alone.
    #[schema(min_length = 1, max_length = 200, pattern = "^[ -~]+$")]
    provider_token: Option<String>,
}

/// A new refund.
#[derive(Debug, ToSchema)]
#[schema(as = NewRefund, example = json!({"amount_minor": 5_000, "reference": "refund-2026-3"}))]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the body for the OpenAPI document")]
pub(crate) struct NewRefundBody {
    /// In the minor unit of the currency of the payment; what is left of the payment if it is left
    /// out.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    amount_minor: Option<i64>,
    /// What the caller calls the refund. A contract has one payment or refund with a reference.
    #[schema(min_length = 1, max_length = 100, pattern = "^[!-~]([ -~]*[!-~])?$")]
    reference: String,
}

/// How a payment is made.
#[derive(Debug, ToSchema)]
#[schema(as = PaymentMethod)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes bodies for the OpenAPI document")]
pub(crate) enum MethodName {
    Cash,
    Transfer,
    Provider,
}

/// Reads a new payment.
pub(super) fn read_new_payment(body: &[u8]) -> Result<NewPayment, ApiError> {
    let known = [
        "amount_minor",
        "currency",
        "method",
        "reference",
        "provider_token",
    ];
    let mut object = JsonObject::parse(body, &known)?;
    let amount = Member::new("amount_minor", AMOUNT_EXPECTED).whole(&mut object)?;
    let currency = Member::new("currency", CURRENCY.expected).text(&mut object)?;
    let method = name(&mut object, "method", Method::NAMES)?;
    let methods = one_of(Method::NAMES.iter().copied());
    Ok(NewPayment {
        amount_minor: required("amount_minor", amount, AMOUNT_EXPECTED)?,
        currency: required("currency", currency, CURRENCY.expected)?,
        method: required("method", method, methods)?,
        reference: object.required_text("reference", REFERENCE_EXPECTED)?,
        provider_token: object.secret("provider_token", PROVIDER_TOKEN_EXPECTED)?,
    })
}

/// Reads a new refund.
pub(super) fn read_new_refund(body: &[u8]) -> Result<NewRefund, ApiError> {
    let mut object = JsonObject::parse(body, &["amount_minor", "reference"])?;
    let amount = Member::new("amount_minor", AMOUNT_EXPECTED).whole(&mut object)?;
    Ok(NewRefund {
        amount_minor: match amount {
            Change::Set(amount) => Some(amount),
            Change::Keep | Change::Clear => None,
        },
        reference: object.required_text("reference", REFERENCE_EXPECTED)?,
    })
}

/// Without the token, which is a secret.
impl fmt::Debug for NewPaymentBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPaymentBody").finish_non_exhaustive()
    }
}
