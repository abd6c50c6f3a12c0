//! Who may see and change a contract.

use sqlx::PgPool;
use uuid::Uuid;

use super::contract::Contract;
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::landlords::record_activity;
use crate::pool::offers::lock_request;
use crate::pool::party::Party;

/// The contract of an id, if the actor is one of its parties.
///
/// # Errors
///
/// Those of [`Party::of`]; `NotFound` for a contract that does not exist or is of other parties.
pub(in crate::pool) async fn visible_contract(
    pool: &PgPool,
    actor: &Actor,
    id: Uuid,
) -> Result<Contract, ActionError> {
    Party::of(actor, Uuid::nil(), Uuid::nil())?;
    let contract = Contract::of_id(pool, id).await?;
    let contract = contract.ok_or_else(|| not_found(id))?;
    match Party::of(actor, contract.student_id, contract.landlord_user_id)? {
        Some(_) => Ok(contract),
        None => Err(not_found(id)),
    }
}

/// The contract of an id with the party that acts. Locks its request, the contract, and its
/// landlord, in this order. Notes that a landlord acts.
///
/// # Errors
///
/// Those of [`Party::of`]; `NotFound` for a contract that does not exist or is of other parties;
/// `PreconditionFailed` for another version.
pub(in crate::pool) async fn locked_contract(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<(Contract, Party), ActionError> {
    Party::of(transaction.actor(), Uuid::nil(), Uuid::nil())?;
    let found = sqlx::query!(
        "SELECT request_id, landlord_id FROM contracts WHERE id = $1",
        id
    )
    .fetch_optional(transaction.sql())
    .await?;
    let found = found.ok_or_else(|| not_found(id))?;
    lock_request(transaction, found.request_id).await?;
    sqlx::query!(
        "SELECT id FROM contracts WHERE id = $1 FOR NO KEY UPDATE",
        id
    )
    .fetch_one(transaction.sql())
    .await?;
    lock_landlord(transaction, found.landlord_id).await?;
    let contract = Contract::in_transaction(transaction, id).await?;
    let contract = contract.ok_or_else(|| not_found(id))?;
    let party = Party::of(
        transaction.actor(),
        contract.student_id,
        contract.landlord_user_id,
    )?;
    let party = party.ok_or_else(|| not_found(id))?;
    if_version.check("the contract", contract.version)?;
    if party == Party::Landlord {
        record_activity(transaction.sql(), contract.landlord_user_id).await?;
    }
    Ok((contract, party))
}

/// Locks a landlord, whose contracts are counted, and returns whether it has no free capacity.
pub(super) async fn lock_landlord(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<bool, ActionError> {
    let is_full = sqlx::query_scalar!(
        r#"
        SELECT active_contracts + pending_contracts >= total_capacity AS "is_full!"
        FROM landlords WHERE id = $1 FOR NO KEY UPDATE
        "#,
        id
    )
    .fetch_one(transaction.sql())
    .await?;
    Ok(is_full)
}

fn not_found(id: Uuid) -> ActionError {
    ActionError::not_found("id", id, "the id of a contract of yours")
}
