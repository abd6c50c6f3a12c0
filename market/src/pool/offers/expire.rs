//! Expires offers that were not answered in time.

use sqlx::PgPool;

use super::close::{Closing, close_offers};
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;

/// The number of requests of one transaction.
const BATCH: i64 = 100;

/// Expires open offers whose time has passed, and returns how many. A request that another
/// transaction has locked is left to the next run.
///
/// # Errors
///
/// `Internal` if the database is unreachable.
pub async fn expire_offers(pool: &PgPool) -> Result<u64, ActionError> {
    let mut expired = 0;
    loop {
        let mut transaction = Transaction::begin(pool, Actor::System).await?;
        let requests = sqlx::query_scalar!(
            "SELECT id FROM requests WHERE id IN (
                SELECT request_id FROM offers WHERE status = 'open' AND valid_until <= now()
            )
            ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED",
            BATCH
        )
        .fetch_all(transaction.sql())
        .await?;
        let count = close_offers(&mut transaction, &requests, Closing::Late).await?;
        transaction.commit(()).await?;
        if count == 0 {
            return Ok(expired);
        }
        expired += count;
    }
}
