//! What an offer has to know of its request.

use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

use crate::action::error::ActionError;
use crate::action::transaction::Transaction;
use crate::pool::money;

/// A request that is locked until the transaction ends.
pub(in crate::pool) struct LockedRequest {
    pub(super) id: Uuid,
    pub(super) status: String,
    pub(super) is_expired: bool,
    pub(super) check_in: NaiveDate,
    pub(super) check_out: NaiveDate,
    pub(super) occupants: i16,
    pub(super) budget_hundredths: Option<i64>,
    pub(super) currency: String,
}

/// Locks a request, the first lock of every action on its offers and contracts; `None` if there is
/// none.
pub(in crate::pool) async fn lock_request(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Option<LockedRequest>, ActionError> {
    let request = sqlx::query_as!(
        LockedRequest,
        r#"
        SELECT id, status, expires_at <= now() AS "is_expired!", check_in, check_out,
            occupants, (budget * 100)::bigint AS budget_hundredths, currency::text AS "currency!"
        FROM requests WHERE id = $1 FOR NO KEY UPDATE
        "#,
        id
    )
    .fetch_optional(transaction.sql())
    .await?;
    Ok(request)
}

impl LockedRequest {
    /// Checks that landlords can make offers for it.
    ///
    /// # Errors
    ///
    /// `Conflict` for a request that is closed.
    pub(super) fn require_active(&self) -> Result<(), ActionError> {
        let status = match self.status.as_str() {
            "active" if self.is_expired => "expired",
            "active" => return Ok(()),
            status => status,
        };
        Err(ActionError::conflict(format!(
            "the request is {status}: only an active request takes offers"
        )))
    }

    /// The number of nights.
    pub(super) fn nights(&self) -> i64 {
        (self.check_out - self.check_in).num_days()
    }

    /// Checks a price for one night against the budget.
    pub(super) fn require_price(
        &self,
        price_minor: i64,
        currency: &str,
    ) -> Result<(), ActionError> {
        if currency != self.currency {
            let expected = format!("{}, the currency of the request", self.currency);
            return Err(ActionError::invalid("currency", currency, expected));
        }
        let budget = self.budget_hundredths;
        let budget = budget.map(|budget| money::of_hundredths(budget, currency));
        match budget {
            Some(budget) if price_minor > budget => {
                let expected = format!("at most {budget}, the budget of the request for one night");
                Err(ActionError::invalid("price_minor", price_minor, expected))
            }
            _ => Ok(()),
        }
    }
}
