//! Creates rental requests.

use uuid::Uuid;

use super::access::student_of;
use super::constraints::of_constraint;
use super::event::of_request;
use super::patch::RequestPatch;
use super::place::{Place, default_title};
use super::request::RentalRequest;
use super::status::Status;
use crate::action::error::ActionError;
use crate::action::matching::enqueue_matching;
use crate::action::transaction::Transaction;
use crate::edit::Change;

/// A new rental request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewRequest {
    /// The student who needs the room. A student leaves it out, and others must name one.
    pub student_id: Option<Uuid>,
    /// What the student says of the room. What is absent has its default, unless it is required.
    pub details: RequestPatch,
}

/// Creates a rental request, which is active at once.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Forbidden` for a user who is neither student nor
/// admin, a student who names another one, and a key without the scope `requests:write`; `Invalid`
/// for a value that its field does not accept.
pub async fn create_request(
    transaction: &mut Transaction,
    new: NewRequest,
) -> Result<RentalRequest, ActionError> {
    let student_id = student(transaction, new.student_id)?;
    let patch = new.details;
    let place = Place::read(transaction, student_id, patch.place.in_new()).await?;
    let place = place.ok_or_else(Place::missing)?;
    let now = transaction.now().await?;
    let has_title = matches!(patch.title, Change::Set(_));
    let mut details = patch.create(place, now)?;
    if !has_title {
        details.title = default_title(transaction, &details).await?;
    }
    let id = sqlx::query_scalar!(
        "INSERT INTO requests (student_id, venue_id, title, description, city, location, reach_m,
            check_in, check_out, occupants, budget, currency, required_amenities,
            preferred_amenities, room_types, expires_at)
        VALUES ($1, $2, $3, $4, $5, ST_SetSRID(ST_MakePoint($6, $7), 4326)::geography, $8, $9, $10,
            $11, $12::bigint::numeric / 100, $13, $14, $15, $16, $17)
        RETURNING id",
        student_id,
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
    .map_err(|error| of_constraint(error, student_id, &details))?;
    let event = of_request(
        "request.created",
        id,
        student_id,
        Status::Active,
        &[],
        details.fields(),
    );
    transaction.record(event).await?;
    enqueue_matching(transaction, id).await?;
    let request = RentalRequest::locked(transaction, id).await?;
    request.ok_or_else(|| ActionError::internal("a request is missing after its insert"))
}

/// The student of a new request.
fn student(transaction: &Transaction, named: Option<Uuid>) -> Result<Uuid, ActionError> {
    let Some(own) = student_of(transaction.actor())? else {
        let expected = "the id of the student who needs the room";
        return named.ok_or_else(|| ActionError::invalid("student_id", "null", expected));
    };
    if named.is_some_and(|named| named != own) {
        let reason = "a student posts rental requests of its own only";
        return Err(ActionError::forbidden(reason));
    }
    Ok(own)
}
