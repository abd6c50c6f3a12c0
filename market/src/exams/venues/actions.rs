//! Lists, creates and changes venues.

use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::patch::VenuePatch;
use super::venue::{Venue, VenueFilter};
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::page::Page;
use crate::action::transaction::Transaction;
use crate::edit::{Change, IfVersion};
use crate::exams::access::{
    changed, own_university, require_active, require_manager, require_signed_in,
};

/// Venues, the newest first: at most `limit` of them, after the one with the id `after`.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Invalid` for a filter that its field does not
/// accept.
pub async fn venues(
    pool: &PgPool,
    actor: &Actor,
    filter: &VenueFilter,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<Venue>, ActionError> {
    require_signed_in(actor)?;
    Venue::all(pool, filter, after, limit).await
}

/// One venue.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `NotFound`.
pub async fn venue(pool: &PgPool, actor: &Actor, id: Uuid) -> Result<Venue, ActionError> {
    require_signed_in(actor)?;
    let venue = Venue::of_id(pool, id).await?;
    venue.ok_or_else(|| not_found(id))
}

/// Creates a venue. That of an official belongs to its university.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Forbidden` for an official who names another
/// university, and for all but officials, admins and keys with the scope `venues:write`; `Invalid`
/// for a value that its field does not accept; `Conflict` for an inactive university.
pub async fn create_venue(
    transaction: &mut Transaction,
    mut new: VenuePatch,
) -> Result<Venue, ActionError> {
    if let (Change::Keep, Some(own)) = (&new.university_id, own_university(transaction.actor())) {
        new.university_id = Change::Set(own);
    }
    let named = match new.university_id {
        Change::Set(id) => Some(id),
        Change::Keep | Change::Clear => None,
    };
    require_manager(transaction.actor(), named)?;
    let new = new.create()?;
    if let Some(university) = new.university_id {
        require_active(transaction, university).await?;
    }
    let id = sqlx::query_scalar!(
        "INSERT INTO exam_venues (university_id, name, aliases, kind, address, city, state,
            postal_code, country_code, location, seats, status)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
            ST_SetSRID(ST_MakePoint($10, $11), 4326)::geography, $12, $13)
        RETURNING id",
        new.university_id,
        new.name,
        &new.aliases,
        new.kind,
        new.address,
        new.city,
        new.state,
        new.postal_code,
        new.country_code,
        new.location.lng,
        new.location.lat,
        new.seats,
        new.status.as_str()
    )
    .fetch_one(transaction.sql())
    .await
    .map_err(|error| of_constraint(error, &new))?;
    let event = Event::new("venue.created", Subject::new("venue", id));
    let event = event.with_change(Value::Object(new.fields()));
    transaction.record(event).await?;
    existing(transaction, id).await
}

/// Changes a venue. A patch without a difference writes nothing. Only admins and keys give a venue
/// to another university.
///
/// # Errors
///
/// `Unauthenticated`, `Forbidden`, `NotFound` and `PreconditionFailed`; `Invalid` and `Conflict` as
/// in [`create_venue`].
pub async fn change_venue(
    transaction: &mut Transaction,
    id: Uuid,
    patch: VenuePatch,
    if_version: &IfVersion,
) -> Result<Venue, ActionError> {
    require_signed_in(transaction.actor())?;
    let before = existing(transaction, id).await?;
    require_manager(transaction.actor(), before.university_id)?;
    if_version.check("the venue", before.version)?;
    let after = patch.apply(&before)?;
    if after == before {
        return Ok(before);
    }
    if after.university_id != before.university_id {
        require_manager(transaction.actor(), after.university_id)?;
        if let Some(university) = after.university_id {
            require_active(transaction, university).await?;
        }
    }
    sqlx::query!(
        "UPDATE exam_venues SET university_id = $2, name = $3, aliases = $4, kind = $5,
            address = $6, city = $7, state = $8, postal_code = $9, country_code = $10,
            location = ST_SetSRID(ST_MakePoint($11, $12), 4326)::geography, seats = $13,
            status = $14
        WHERE id = $1",
        id,
        after.university_id,
        after.name,
        &after.aliases,
        after.kind,
        after.address,
        after.city,
        after.state,
        after.postal_code,
        after.country_code,
        after.location.lng,
        after.location.lat,
        after.seats,
        after.status.as_str()
    )
    .execute(transaction.sql())
    .await
    .map_err(|error| of_constraint(error, &after))?;
    let event = Event::new("venue.changed", Subject::new("venue", id));
    let event = event.with_change(changed(&before.fields(), after.fields()));
    transaction.record(event).await?;
    existing(transaction, id).await
}

async fn existing(transaction: &mut Transaction, id: Uuid) -> Result<Venue, ActionError> {
    let venue = Venue::locked(transaction, id).await?;
    venue.ok_or_else(|| not_found(id))
}

fn not_found(id: Uuid) -> ActionError {
    ActionError::not_found("id", id, "the id of a venue")
}

/// The error of a statement that writes a venue. The kinds are known to the database alone.
fn of_constraint(error: sqlx::Error, venue: &Venue) -> ActionError {
    ActionError::of_constraint(error, |constraint| {
        let expected = "one of the known kinds of venues";
        let is_kind = constraint == "exam_venues_kind_check";
        is_kind.then(|| ActionError::invalid("kind", &venue.kind, expected))
    })
}
