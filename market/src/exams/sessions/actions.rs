//! Lists, creates and changes exam sessions.

use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::session::{Session, SessionFilter, SessionPatch};
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::page::Page;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;
use crate::exams::access::{
    changed, own_university, require_active, require_manager, require_signed_in,
};

/// Exam sessions, the newest first: at most `limit` of them, after the one with the id `after`.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Invalid` for a day that is not in the calendar.
pub async fn sessions(
    pool: &PgPool,
    actor: &Actor,
    filter: &SessionFilter,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<Session>, ActionError> {
    require_signed_in(actor)?;
    Session::all(pool, filter, after, limit).await
}

/// One exam session.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `NotFound`.
pub async fn session(pool: &PgPool, actor: &Actor, id: Uuid) -> Result<Session, ActionError> {
    require_signed_in(actor)?;
    let session = Session::of_id(pool, id).await?;
    session.ok_or_else(|| not_found(id))
}

/// Creates an exam session of a university, by default that of the official.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Forbidden` for an official of another university,
/// and for all but officials, admins and keys with the scope `venues:write`; `Invalid` for a value
/// that its field does not accept; `Conflict` for an inactive university, and for a session of the
/// same name and first day.
pub async fn create_session(
    transaction: &mut Transaction,
    university_id: Option<Uuid>,
    new: SessionPatch,
) -> Result<Session, ActionError> {
    let university_id = university_id.or_else(|| own_university(transaction.actor()));
    require_manager(transaction.actor(), university_id)?;
    let university_id = university_id.ok_or_else(|| {
        let expected = "the id of the university that holds the session";
        ActionError::invalid("university_id", "null", expected)
    })?;
    let new = new.create(university_id)?;
    require_active(transaction, university_id).await?;
    let id = sqlx::query_scalar!(
        "INSERT INTO exam_sessions (university_id, name, starts_on, ends_on, status)
        VALUES ($1, $2, $3, $4, $5) RETURNING id",
        new.university_id,
        new.name,
        new.starts_on,
        new.ends_on,
        new.status.as_str()
    )
    .fetch_one(transaction.sql())
    .await
    .map_err(of_constraint)?;
    let event = Event::new("exam_session.created", Subject::new("exam_session", id));
    let event = event.with_change(Value::Object(new.fields()));
    transaction.record(event).await?;
    existing(transaction, id).await
}

/// Changes an exam session. A patch without a difference writes nothing.
///
/// # Errors
///
/// `Unauthenticated`, `Forbidden`, `NotFound` and `PreconditionFailed`; `Invalid` and `Conflict` as
/// in [`create_session`].
pub async fn change_session(
    transaction: &mut Transaction,
    id: Uuid,
    patch: SessionPatch,
    if_version: &IfVersion,
) -> Result<Session, ActionError> {
    require_signed_in(transaction.actor())?;
    let before = existing(transaction, id).await?;
    require_manager(transaction.actor(), Some(before.university_id))?;
    if_version.check("the exam session", before.version)?;
    let after = patch.apply(&before)?;
    if after == before {
        return Ok(before);
    }
    sqlx::query!(
        "UPDATE exam_sessions SET name = $2, starts_on = $3, ends_on = $4, status = $5
        WHERE id = $1",
        id,
        after.name,
        after.starts_on,
        after.ends_on,
        after.status.as_str()
    )
    .execute(transaction.sql())
    .await
    .map_err(of_constraint)?;
    let event = Event::new("exam_session.changed", Subject::new("exam_session", id));
    let event = event.with_change(changed(&before.fields(), after.fields()));
    transaction.record(event).await?;
    existing(transaction, id).await
}

async fn existing(transaction: &mut Transaction, id: Uuid) -> Result<Session, ActionError> {
    let session = Session::locked(transaction, id).await?;
    session.ok_or_else(|| not_found(id))
}

fn not_found(id: Uuid) -> ActionError {
    ActionError::not_found("id", id, "the id of an exam session")
}

fn of_constraint(error: sqlx::Error) -> ActionError {
    ActionError::of_constraint(error, |constraint| {
        let taken = "another session of the university has this name and first day";
        let is_taken = constraint == "exam_sessions_university_id_name_starts_on_key";
        is_taken.then(|| ActionError::conflict(taken))
    })
}
