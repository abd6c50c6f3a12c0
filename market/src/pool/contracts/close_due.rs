//! Closes contracts whose time has come.

use sqlx::PgPool;
use uuid::Uuid;

use super::steps::{cancel_contract, end_contract};
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;

/// The number of contracts that are looked up at once.
const BATCH: i64 = 100;

const NOT_PAID: &str = "nothing was paid before the first night";

/// Ends active contracts whose stay is over, and cancels pending ones whose stay would have started
/// before today. Returns how many.
///
/// # Errors
///
/// `Internal` if the database is unreachable.
pub async fn close_contracts(pool: &PgPool) -> Result<u64, ActionError> {
    let mut closed = 0;
    let mut after = Uuid::nil();
    loop {
        let due = sqlx::query!(
            r#"
            SELECT id, status = 'active' AS "is_active!" FROM contracts
            WHERE id > $1 AND (
                (status = 'active' AND check_out <= (now() AT TIME ZONE 'UTC')::date)
                OR (status = 'pending' AND check_in < (now() AT TIME ZONE 'UTC')::date)
            )
            ORDER BY id LIMIT $2
            "#,
            after,
            BATCH
        )
        .fetch_all(pool)
        .await?;
        let Some(last) = due.last() else {
            return Ok(closed);
        };
        after = last.id;
        for contract in due {
            closed += u64::from(close(pool, contract.id, contract.is_active).await?);
        }
    }
}

/// Closes one contract, and returns whether it was still to be closed.
async fn close(pool: &PgPool, id: Uuid, is_active: bool) -> Result<bool, ActionError> {
    let mut transaction = Transaction::begin(pool, Actor::System).await?;
    let any = IfVersion::Any;
    let outcome = match is_active {
        true => end_contract(&mut transaction, id, &any).await,
        false => cancel_contract(&mut transaction, id, Some(NOT_PAID), &any).await,
    };
    match outcome {
        Ok(_) => transaction.commit(true).await.map(|done| done.result),
        // It was closed or paid meanwhile.
        Err(ActionError::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
