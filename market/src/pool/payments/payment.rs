//! A payment or refund as the parties of its contract see it.

use std::fmt;
use std::str::FromStr;

use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::action::transaction::Transaction;

/// A payment or a refund. It never changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Payment {
    /// The id.
    pub id: Uuid,
    /// The contract.
    pub contract_id: Uuid,
    /// Payment or refund.
    pub kind: Kind,
    /// The payment that a refund pays back.
    pub refunded_id: Option<Uuid>,
    /// In the minor unit of the currency.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// How it was paid.
    pub method: Method,
    /// What the caller calls it, unique in its contract.
    pub reference: String,
    /// What the payment provider calls it.
    pub provider_reference: Option<String>,
    /// The sum of the refunds of a payment.
    pub refunded_minor: i64,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

/// Whether money was received or paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The landlord was paid.
    Payment,
    /// The landlord has paid back.
    Refund,
}

/// How a payment was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// In cash. The landlord records it.
    Cash,
    /// By bank transfer. The landlord records it.
    Transfer,
    /// By a payment provider. The student is charged.
    Provider,
}

struct PaymentRow {
    id: Uuid,
    contract_id: Uuid,
    kind: String,
    refunded_id: Option<Uuid>,
    amount_minor: i64,
    currency: String,
    method: String,
    reference: String,
    provider_reference: Option<String>,
    refunded_minor: i64,
    created_at: DateTime<Utc>,
}

/// A payment or refund to be inserted.
pub(super) struct Insert<'a> {
    pub(super) contract_id: Uuid,
    pub(super) kind: Kind,
    pub(super) refunded_id: Option<Uuid>,
    pub(super) amount_minor: i64,
    pub(super) currency: &'a str,
    pub(super) method: Method,
    pub(super) reference: &'a str,
    pub(super) provider_reference: Option<&'a str>,
}

/// Selects payments `p` with what is refunded of them `b`, which finds their partition.
macro_rules! select_payments {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            PaymentRow,
            r#"
            SELECT p.id, p.contract_id, p.kind, p.refunded_id, p.amount_minor,
                p.currency::text AS "currency!", p.method, p.reference, p.provider_reference,
                b.refunded_minor, p.created_at
            FROM payment_balances b
            JOIN payments p ON p.id = b.payment_id AND p.created_at = b.created_at
            "# + $rest
            $(, $argument)*
        )
    };
}

impl Payment {
    /// The payment or refund of an id, as the transaction sees it; `None` if there is none.
    pub(super) async fn of_id(
        transaction: &mut Transaction,
        id: Uuid,
    ) -> Result<Option<Self>, ActionError> {
        let row = select_payments!("WHERE b.payment_id = $1", id);
        let row = row.fetch_optional(transaction.sql()).await?;
        row.map(Self::try_from).transpose()
    }

    /// The payments and refunds of a contract, the newest first.
    pub(super) async fn all(
        pool: &PgPool,
        contract_id: Uuid,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<Self>, ActionError> {
        let rows = select_payments!(
            "WHERE b.contract_id = $1 AND ($2::uuid IS NULL OR b.payment_id < $2)
            ORDER BY b.payment_id DESC LIMIT $3",
            contract_id,
            after,
            i64::from(limit) + 1
        )
        .fetch_all(pool)
        .await?;
        Page::of(rows, limit).try_map(Self::try_from)
    }
}

impl Insert<'_> {
    /// Inserts it. The database posts it to the ledger and updates the balances.
    pub(super) async fn run(&self, transaction: &mut Transaction) -> Result<Payment, ActionError> {
        let id = sqlx::query_scalar!(
            "INSERT INTO payments (contract_id, kind, refunded_id, amount_minor, currency, method,
                reference, provider_reference)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            self.contract_id,
            self.kind.as_str(),
            self.refunded_id,
            self.amount_minor,
            self.currency,
            self.method.as_str(),
            self.reference,
            self.provider_reference
        )
        .fetch_one(transaction.sql())
        .await?;
        let payment = Payment::of_id(transaction, id).await?;
        payment.ok_or_else(|| ActionError::internal("a payment is missing after its insert"))
    }
}

/// Checks that no payment or refund of a contract, which is locked, has a reference.
///
/// # Errors
///
/// `Conflict` for a reference that was used. It names the payment.
pub(super) async fn require_new_reference(
    transaction: &mut Transaction,
    contract_id: Uuid,
    reference: &str,
) -> Result<(), ActionError> {
    let known = sqlx::query_scalar!(
        "SELECT payment_id FROM payment_balances WHERE contract_id = $1 AND reference = $2",
        contract_id,
        reference
    )
    .fetch_optional(transaction.sql())
    .await?;
    match known {
        None => Ok(()),
        Some(id) => Err(ActionError::conflict(format!(
            "the reference {reference:?} was used for the payment {id} of this contract"
        ))),
    }
}

impl Kind {
    /// The name in Postgres and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
        }
    }
}

impl Method {
    /// The names in Postgres and JSON.
    pub const NAMES: &'static [&'static str] = &["cash", "transfer", "provider"];

    /// The name in Postgres and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Transfer => "transfer",
            Self::Provider => "provider",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Method {
    type Err = ActionError;

    fn from_str(name: &str) -> Result<Self, ActionError> {
        match name {
            "cash" => Ok(Self::Cash),
            "transfer" => Ok(Self::Transfer),
            "provider" => Ok(Self::Provider),
            _ => {
                let expected = format!("one of {}", Self::NAMES.join(", "));
                Err(ActionError::invalid("method", name, expected))
            }
        }
    }
}

impl TryFrom<PaymentRow> for Payment {
    type Error = ActionError;

    fn try_from(row: PaymentRow) -> Result<Self, ActionError> {
        Ok(Self {
            id: row.id,
            contract_id: row.contract_id,
            kind: match row.kind.as_str() {
                "payment" => Kind::Payment,
                _ => Kind::Refund,
            },
            refunded_id: row.refunded_id,
            amount_minor: row.amount_minor,
            currency: row.currency,
            method: row.method.parse().map_err(ActionError::internal)?,
            reference: row.reference,
            provider_reference: row.provider_reference,
            refunded_minor: row.refunded_minor,
            created_at: row.created_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_read_back_and_an_unknown_one_is_reported_with_those_that_exist() {
        for name in Method::NAMES {
            assert_eq!(name.parse::<Method>().unwrap().to_string(), *name);
        }
        let error = "card".parse::<Method>().unwrap_err().to_string();
        assert_eq!(
            error,
            "method must be one of cash, transfer, provider, not \"card\""
        );
    }
}
