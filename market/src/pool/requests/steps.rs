//! Closes rental requests.

use std::collections::HashMap;

use serde_json::{Map, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::access::writable;
use super::event::{matched_landlords, of_request};
use super::request::RentalRequest;
use super::status::{Status, Step};
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::pool::offers::close_offers;

/// How many requests one transaction expires, so that none keeps many rows locked for long.
const BATCH: i64 = 500;

/// Cancels an active request of the student for whom the actor acts, or any one for an admin.
///
/// # Errors
///
/// `Unauthenticated`, `Forbidden`, `NotFound` and `PreconditionFailed` as for every write of a
/// request; `Conflict` for a request that is not active.
pub async fn cancel_request(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<RentalRequest, ActionError> {
    let request = writable(transaction, id, if_version).await?;
    take(transaction, request, Step::Cancel).await
}

/// Matches an active request, because the student has accepted an offer.
///
/// # Errors
///
/// `Conflict` for a request that is not active.
pub(in crate::pool) async fn match_request(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<RentalRequest, ActionError> {
    let request = RentalRequest::locked(transaction, id).await?;
    let request = request.ok_or_else(|| ActionError::internal("an offer has no request"))?;
    take(transaction, request, Step::Match).await
}

/// Takes a locked request to its final state, and closes its open offers.
///
/// # Errors
///
/// `Conflict` for a request that is not active.
async fn take(
    transaction: &mut Transaction,
    mut request: RentalRequest,
    step: Step,
) -> Result<RentalRequest, ActionError> {
    let status = request.status.after(step)?;
    let updated = sqlx::query!(
        "UPDATE requests SET status = $2 WHERE id = $1 RETURNING updated_at, version",
        request.id,
        status.as_str()
    )
    .fetch_one(transaction.sql())
    .await?;
    let landlords = matched_landlords(transaction.sql(), &[request.id]).await?;
    let landlord_ids = landlords.into_iter().flat_map(|(_, ids)| ids);
    let event = of_request(
        step.event(),
        request.id,
        request.student_id,
        status,
        &landlord_ids.collect::<Vec<_>>(),
        from_and_to(status),
    );
    transaction.record(event).await?;
    close_offers(transaction, &[request.id], step.closing()).await?;
    request.status = status;
    request.updated_at = updated.updated_at;
    request.version = updated.version;
    Ok(request)
}

/// Expires the active requests whose time has passed, a batch in each transaction, and returns how
/// many. Requests that another transaction changes now are left to the next time.
///
/// # Errors
///
/// `Busy` if no connection becomes free in time, `Internal` if the database is unreachable.
pub async fn expire_requests(pool: &PgPool) -> Result<u64, ActionError> {
    let mut expired = 0;
    loop {
        let mut transaction = Transaction::begin(pool, Actor::System).await?;
        let rows = sqlx::query!(
            "UPDATE requests SET status = 'expired' WHERE id IN (
                SELECT id FROM requests WHERE status = 'active' AND expires_at <= now()
                ORDER BY expires_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
            ) RETURNING id, student_id",
            BATCH
        )
        .fetch_all(transaction.sql())
        .await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let landlords = matched_landlords(transaction.sql(), &ids).await?;
        let landlords: HashMap<Uuid, Vec<Uuid>> = landlords.into_iter().collect();
        let events = rows.iter().map(|row| {
            let landlord_ids = landlords.get(&row.id).map_or(&[][..], Vec::as_slice);
            let (step, status) = (Step::Expire, Status::Expired);
            let (student, change) = (row.student_id, from_and_to(status));
            of_request(step.event(), row.id, student, status, landlord_ids, change)
        });
        transaction.record_all(&events.collect::<Vec<_>>()).await?;
        close_offers(&mut transaction, &ids, Step::Expire.closing()).await?;
        transaction.commit(()).await?;
        expired += ids.len() as u64;
        if ids.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
            return Ok(expired);
        }
    }
}

fn from_and_to(status: Status) -> Map<String, serde_json::Value> {
    let states = [("from", Status::Active), ("to", status)];
    let states = states.into_iter();
    states
        .map(|(name, status)| (name.to_owned(), json!(status.as_str())))
        .collect()
}
