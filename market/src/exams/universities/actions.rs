//! Lists, creates and changes universities.

use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::university::{University, UniversityFilter, UniversityPatch};
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::page::Page;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::exams::access::{
    changed, own_university, require_manager, require_manager_of_all, require_signed_in,
};

/// Universities, the newest first: at most `limit` of them, after the one with the id `after`.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Invalid` for a filter that its field does not
/// accept.
pub async fn universities(
    pool: &PgPool,
    actor: &Actor,
    filter: &UniversityFilter,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<University>, ActionError> {
    require_signed_in(actor)?;
    University::all(pool, filter, after, limit).await
}

/// One university.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `NotFound`.
pub async fn university(pool: &PgPool, actor: &Actor, id: Uuid) -> Result<University, ActionError> {
    require_signed_in(actor)?;
    let university = University::of_id(pool, id).await?;
    university.ok_or_else(|| not_found(id))
}

/// Creates a university.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Forbidden` for all but admins and keys with the
/// scope `venues:write`; `Invalid` for a value that its field does not accept; `Conflict` for a
/// name that another university in the same city has.
pub async fn create_university(
    transaction: &mut Transaction,
    new: UniversityPatch,
) -> Result<University, ActionError> {
    require_manager_of_all(transaction.actor())?;
    let new = new.create()?;
    let id = sqlx::query_scalar!(
        "INSERT INTO universities (name, aliases, city, state, country_code, status)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        new.name,
        &new.aliases,
        new.city,
        new.state,
        new.country_code,
        new.status.as_str()
    )
    .fetch_one(transaction.sql())
    .await
    .map_err(of_constraint)?;
    let event = Event::new("university.created", Subject::new("university", id));
    let event = event.with_change(Value::Object(new.fields()));
    transaction.record(event).await?;
    existing(transaction, id).await
}

/// Changes a university. A patch without a difference writes nothing. An official changes its own
/// university, but not its status.
///
/// # Errors
///
/// `Unauthenticated`, `Forbidden`, `NotFound` and `PreconditionFailed`; `Invalid` and `Conflict` as
/// in [`create_university`].
pub async fn change_university(
    transaction: &mut Transaction,
    id: Uuid,
    patch: UniversityPatch,
    if_version: &IfVersion,
) -> Result<University, ActionError> {
    require_signed_in(transaction.actor())?;
    let before = existing(transaction, id).await?;
    require_manager(transaction.actor(), Some(id))?;
    if_version.check("the university", before.version)?;
    let after = patch.apply(&before)?;
    if after.status != before.status && own_university(transaction.actor()).is_some() {
        let reason = "only an admin changes the status of a university";
        return Err(ActionError::forbidden(reason));
    }
    if after == before {
        return Ok(before);
    }
    sqlx::query!(
        "UPDATE universities SET name = $2, aliases = $3, city = $4, state = $5,
            country_code = $6, status = $7
        WHERE id = $1",
        id,
        after.name,
        &after.aliases,
        after.city,
        after.state,
        after.country_code,
        after.status.as_str()
    )
    .execute(transaction.sql())
    .await
    .map_err(of_constraint)?;
    let event = Event::new("university.changed", Subject::new("university", id));
    let event = event.with_change(changed(&before.fields(), after.fields()));
    transaction.record(event).await?;
    existing(transaction, id).await
}

async fn existing(transaction: &mut Transaction, id: Uuid) -> Result<University, ActionError> {
    let university = University::locked(transaction, id).await?;
    university.ok_or_else(|| not_found(id))
}

fn not_found(id: Uuid) -> ActionError {
    ActionError::not_found("id", id, "the id of a university")
}

fn of_constraint(error: sqlx::Error) -> ActionError {
    ActionError::of_constraint(error, |constraint| {
        let taken = "another university in this city has this name";
        let is_taken = constraint == "universities_name_city_country_code_key";
        is_taken.then(|| ActionError::conflict(taken))
    })
}
