//! Marks contracts whose payment is overdue.

use serde_json::json;
use sqlx::PgPool;

use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;

/// The number of contracts of one transaction.
const BATCH: i64 = 100;

/// Marks contracts with an amount that is due after their last day of payment, and returns how
/// many. A contract whose request another transaction has locked is left to the next run.
///
/// # Errors
///
/// `Internal` if the database is unreachable.
pub async fn mark_overdue(pool: &PgPool) -> Result<u64, ActionError> {
    let mut marked = 0;
    loop {
        let mut transaction = Transaction::begin(pool, Actor::System).await?;
        // Every action on a contract locks its request first.
        let requests = sqlx::query_scalar!(
            "SELECT id FROM requests WHERE id IN (
                SELECT c.request_id FROM contracts c
                JOIN contract_balances b ON b.contract_id = c.id
                WHERE c.due_on < (now() AT TIME ZONE 'UTC')::date AND c.overdue_at IS NULL
                    AND c.status <> 'cancelled' AND b.due_minor > 0
            )
            ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED",
            BATCH
        )
        .fetch_all(transaction.sql())
        .await?;
        let overdue = sqlx::query!(
            r#"
            UPDATE contracts c SET overdue_at = now() FROM contract_balances b
            WHERE b.contract_id = c.id AND c.request_id = ANY ($1)
                AND c.due_on < (now() AT TIME ZONE 'UTC')::date AND c.overdue_at IS NULL
                AND c.status <> 'cancelled' AND b.due_minor > 0
            RETURNING c.id, c.request_id, c.student_id, c.landlord_id, b.due_minor,
                c.currency::text AS "currency!"
            "#,
            &requests
        )
        .fetch_all(transaction.sql())
        .await?;
        let events: Vec<Event> = (overdue.iter())
            .map(|contract| {
                let subject = Subject::new("contract", contract.id);
                Event::new("payment.overdue", subject).with_change(json!({
                    "contract_id": contract.id,
                    "request_id": contract.request_id,
                    "student_id": contract.student_id,
                    "landlord_id": contract.landlord_id,
                    "due_minor": contract.due_minor,
                    "currency": contract.currency,
                }))
            })
            .collect();
        transaction.record_all(&events).await?;
        transaction.commit(()).await?;
        if overdue.is_empty() {
            return Ok(marked);
        }
        marked += overdue.len() as u64;
    }
}
