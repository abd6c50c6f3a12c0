//! Reads the payments of contracts.

use sqlx::PgPool;
use uuid::Uuid;

use super::payment::Payment;
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::pool::contracts::visible_contract;

/// The payments and refunds of a contract, the newest first: at most `limit` of them, after the one
/// with the id `after`.
///
/// # Errors
///
/// `Unauthenticated`, `Forbidden` for a key without the scope `admin`, and `NotFound` for a
/// contract of other parties.
pub async fn payments(
    pool: &PgPool,
    actor: &Actor,
    contract_id: Uuid,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<Payment>, ActionError> {
    let contract = visible_contract(pool, actor, contract_id).await?;
    Payment::all(pool, contract.id, after, limit).await
}
