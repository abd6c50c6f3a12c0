//! When which part of the total of a contract is due.

use serde::Deserialize;
use sqlx::types::chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::action::error::ActionError;
use crate::action::transaction::Transaction;

/// The price of the nights of one month of a stay.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Instalment {
    /// From 1, in the order of the days.
    pub number: i32,
    /// The last day on which it can be paid in time.
    pub due_on: NaiveDate,
    /// The amount in the minor unit.
    pub amount_minor: i64,
    /// How much of it the payments cover, the earliest instalment first.
    pub paid_minor: i64,
    /// Since when it is overdue.
    pub overdue_at: Option<DateTime<Utc>>,
}

/// Unmarks the instalments of a locked contract that are covered now, and the contract if none is
/// overdue any more.
pub(in crate::pool) async fn unmark_covered(
    transaction: &mut Transaction,
    contract: Uuid,
) -> Result<(), ActionError> {
    sqlx::query!(
        "UPDATE instalments i SET overdue_at = NULL
        WHERE i.contract_id = $1 AND i.overdue_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM open_instalments o
            WHERE o.contract_id = $1 AND o.number = i.number
        )",
        contract
    )
    .execute(transaction.sql())
    .await?;
    sqlx::query!(
        "UPDATE contracts SET overdue_at = NULL
        WHERE id = $1 AND overdue_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM instalments i WHERE i.contract_id = $1 AND i.overdue_at IS NOT NULL
        )",
        contract
    )
    .execute(transaction.sql())
    .await?;
    Ok(())
}
