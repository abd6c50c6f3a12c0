//! Changes rental requests.

use uuid::Uuid;

use super::access::writable;
use super::constraints::of_constraint;
use super::details::RequestDetails;
use super::event::{matched_landlords, of_request};
use super::patch::RequestPatch;
use super::place::{Place, default_title};
use super::request::RentalRequest;
use super::status::Status;
use crate::action::error::ActionError;
use crate::action::matching::enqueue_matching;
use crate::action::transaction::Transaction;
use crate::edit::{Change, IfVersion};
use crate::fields::time::Time;
use crate::pool::offers::{Closing, close_offers};

/// Changes an active request. A patch without a difference writes nothing. Offers are for the
/// nights, the people and the currency of the request, so another of these declines the open ones.
///
/// # Errors
///
/// `Unauthenticated`, `Forbidden`, `NotFound` and `PreconditionFailed` as for every write of a
/// request; `Invalid` for a value that its field does not accept; `Conflict` for a request that is
/// not active.
pub async fn change_request(
    transaction: &mut Transaction,
    id: Uuid,
    patch: RequestPatch,
    if_version: &IfVersion,
) -> Result<RentalRequest, ActionError> {
    let mut request = writable(transaction, id, if_version).await?;
    if request.status != Status::Active {
        let reason = format!(
            "the request is {} and cannot be changed any more",
            request.status
        );
        return Err(ActionError::conflict(reason));
    }
    let place = Place::read(transaction, request.student_id, patch.place).await?;
    let now = transaction.now().await?;
    let gets_title = match patch.title {
        Change::Set(_) => false,
        Change::Clear => true,
        // A title that names the former place would be wrong.
        Change::Keep if place.is_some() => {
            request.details.title == default_title(transaction, &request.details).await?
        }
        Change::Keep => false,
    };
    let mut details = patch.apply(&request.details, place, now)?;
    if gets_title {
        details.title = default_title(transaction, &details).await?;
    }
    let change = details.changed_from(&request.details);
    if change.is_empty() {
        return Ok(request);
    }
    let updated = store(transaction, &request, &details).await?;
    let landlords = matched_landlords(transaction.sql(), &[id]).await?;
    let landlord_ids = landlords.into_iter().flat_map(|(_, ids)| ids);
    let event = of_request(
        "request.changed",
        id,
        request.student_id,
        request.status,
        &landlord_ids.collect::<Vec<_>>(),
        change,
    );
    transaction.record(event).await?;
    if details.has_other_terms_than(&request.details) {
        close_offers(transaction, &[id], Closing::Changed).await?;
    }
    enqueue_matching(transaction, id).await?;
    request.details = details;
    (request.updated_at, request.version) = updated;
    Ok(request)
}

/// Updates the row, and returns when that was and its version.
async fn store(
    transaction: &mut Transaction,
    request: &RentalRequest,
    details: &RequestDetails,
) -> Result<(Time, i64), ActionError> {
    let updated = sqlx::query!(
        "UPDATE requests SET venue_id = $2, title = $3, description = $4, city = $5,
            location = ST_SetSRID(ST_MakePoint($6, $7), 4326)::geography, reach_m = $8,
            check_in = $9, check_out = $10, occupants = $11, budget = $12::bigint::numeric / 100,
            currency = $13, required_amenities = $14, preferred_amenities = $15, room_types = $16,
            expires_at = $17
        WHERE id = $1 RETURNING updated_at, version",
        request.id,
        details.venue_id,
        details.title,
        details.description,
        details.city,
        details.location.lng,
        details.location.lat,
        details.reach_m,
        details.check_in,
        details.check_out,
        details.occupants,
        details.budget_hundredths,
        details.currency,
        &details.required_amenities,
        &details.preferred_amenities,
        &details.room_types,
        details.expires_at
    )
    .fetch_one(transaction.sql())
    .await
    .map_err(|error| of_constraint(error, request.student_id, details))?;
    Ok((updated.updated_at, updated.version))
}
