//! Marks contracts whose payment is overdue.

use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;

/// The number of contracts of one transaction.
const BATCH: i64 = 100;

/// Marks instalments that the payments do not cover after their last day, and their contracts, and
/// returns how many instalments. A contract whose request another transaction has locked is left to
/// the next run.
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
                SELECT c.request_id FROM instalments i JOIN contracts c ON c.id = i.contract_id
                JOIN contract_balances b ON b.contract_id = c.id
                WHERE i.due_on < (now() AT TIME ZONE 'UTC')::date AND i.overdue_at IS NULL
                    AND c.status <> 'cancelled' AND b.due_minor > 0
                    AND b.received_minor < (
                        SELECT sum(e.amount_minor) FROM instalments e
                        WHERE e.contract_id = i.contract_id AND e.number <= i.number
                    )
            )
            ORDER BY id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED",
            BATCH
        )
        .fetch_all(transaction.sql())
        .await?;
        let events = mark(&mut transaction, &requests).await?;
        transaction.record_all(&events).await?;
        transaction.commit(()).await?;
        if events.is_empty() {
            return Ok(marked);
        }
        marked += events.len() as u64;
    }
}

/// Marks the instalments of locked requests, and returns an event for each.
async fn mark(transaction: &mut Transaction, requests: &[Uuid]) -> Result<Vec<Event>, ActionError> {
    let overdue = sqlx::query!(
        r#"
        WITH marked AS (
            UPDATE instalments i SET overdue_at = now()
            FROM contracts c, LATERAL (
                SELECT * FROM open_instalments o WHERE o.contract_id = c.id
            ) o
            WHERE c.request_id = ANY ($1)
                AND i.contract_id = o.contract_id AND i.number = o.number
                AND o.due_on < (now() AT TIME ZONE 'UTC')::date AND i.overdue_at IS NULL
            RETURNING i.contract_id, i.number, i.due_on, o.due_minor
        ), contract AS (
            UPDATE contracts c SET overdue_at = now()
            WHERE c.overdue_at IS NULL AND c.id IN (SELECT contract_id FROM marked)
        )
        SELECT c.id, c.request_id, c.student_id, c.landlord_id, c.currency::text AS "currency!",
            marked.number AS "number!", marked.due_on AS "due_on!",
            marked.due_minor AS "due_minor!"
        FROM marked JOIN contracts c ON c.id = marked.contract_id
        ORDER BY c.id, marked.number
        "#,
        requests
    )
    .fetch_all(transaction.sql())
    .await?;
    let events = overdue.iter().map(|instalment| {
        let subject = Subject::new("contract", instalment.id);
        Event::new("payment.overdue", subject).with_change(json!({
            "contract_id": instalment.id,
            "request_id": instalment.request_id,
            "student_id": instalment.student_id,
            "landlord_id": instalment.landlord_id,
            "instalment": instalment.number,
            "due_on": instalment.due_on.to_string(),
            "due_minor": instalment.due_minor,
            "currency": instalment.currency,
        }))
    });
    Ok(events.collect())
}
