//! Payment providers, which charge students and pay them back.
//!
//! A provider is called in the transaction that records the payment. Its calls are idempotent by a
//! key of the contract and the caller's reference: if the transaction is lost afterwards, the
//! caller repeats the request, and the provider returns the same charge.

use std::pin::Pin;

use uuid::Uuid;

use crate::action::error::ActionError;

/// What a provider returns once it has settled a charge or refund: its own reference.
pub type Settling<'a> = Pin<Box<dyn Future<Output = Result<String, ProviderError>> + Send + 'a>>;

/// A payment provider.
pub trait PaymentProvider: Send + Sync {
    /// Charges a student.
    fn charge<'a>(&'a self, charge: Charge<'a>) -> Settling<'a>;

    /// Pays a charge back, in part or as a whole.
    fn refund<'a>(&'a self, refunding: Refunding<'a>) -> Settling<'a>;
}

/// An amount to charge.
#[derive(Clone, Copy)]
pub struct Charge<'a> {
    /// The contract that is paid.
    pub contract_id: Uuid,
    /// With the contract the key under which the provider charges once.
    pub reference: &'a str,
    /// In the minor unit of the currency.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: &'a str,
    /// The provider's token of a card or an account, a secret.
    pub token: &'a str,
}

/// An amount to pay back.
#[derive(Clone, Copy, Debug)]
pub struct Refunding<'a> {
    /// The contract that was paid.
    pub contract_id: Uuid,
    /// With the contract the key under which the provider refunds once.
    pub reference: &'a str,
    /// The provider's reference of the charge.
    pub charge: &'a str,
    /// In the minor unit of the currency.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: &'a str,
}

/// Why a provider did not settle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The provider rejects it, such as a card without funds.
    #[error("the payment provider has declined: {0}")]
    Declined(String),
    /// The provider cannot be reached.
    #[error("the payment provider is unreachable")]
    Unreachable,
}

/// A provider that moves no money, for tests and demonstrations. It declines the token
/// `sandbox_declined` and cannot be reached with `sandbox_unreachable`.
#[derive(Clone, Copy, Debug)]
pub struct Sandbox;

impl PaymentProvider for Sandbox {
    fn charge<'a>(&'a self, charge: Charge<'a>) -> Settling<'a> {
        Box::pin(async move {
            match charge.token {
                "sandbox_declined" => {
                    Err(ProviderError::Declined("the card has no funds".to_owned()))
                }
                "sandbox_unreachable" => Err(ProviderError::Unreachable),
                _ => Ok(key("charge", charge.contract_id, charge.reference)),
            }
        })
    }

    fn refund<'a>(&'a self, refunding: Refunding<'a>) -> Settling<'a> {
        Box::pin(async move {
            match refunding.charge.starts_with("sandbox_charge_") {
                true => Ok(key("refund", refunding.contract_id, refunding.reference)),
                false => Err(ProviderError::Declined(
                    "there is no such charge".to_owned(),
                )),
            }
        })
    }
}

/// The same for the same contract and reference.
fn key(kind: &str, contract_id: Uuid, reference: &str) -> String {
    format!("sandbox_{kind}_{}_{reference}", contract_id.simple())
}

impl From<ProviderError> for ActionError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Declined(_) => Self::conflict(error.to_string()),
            ProviderError::Unreachable => Self::Busy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_sandbox_charges_once_under_one_reference_and_declines_one_token() {
        let charge = |token| Charge {
            contract_id: Uuid::from_u128(1),
            reference: "first",
            amount_minor: 5,
            currency: "INR",
            token,
        };
        let first = Sandbox.charge(charge("card")).await.unwrap();
        assert_eq!(Sandbox.charge(charge("card")).await.unwrap(), first);
        let error = Sandbox
            .charge(charge("sandbox_declined"))
            .await
            .unwrap_err();
        assert!(matches!(ActionError::from(error), ActionError::Conflict(_)));
        let error = Sandbox.charge(charge("sandbox_unreachable")).await;
        assert!(matches!(
            ActionError::from(error.unwrap_err()),
            ActionError::Busy
        ));
        let refunding = |charge| Refunding {
            contract_id: Uuid::from_u128(1),
            reference: "back",
            charge,
            amount_minor: 5,
            currency: "INR",
        };
        assert!(Sandbox.refund(refunding(&first)).await.is_ok());
        assert!(Sandbox.refund(refunding("another")).await.is_err());
    }
}
