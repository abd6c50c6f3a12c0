//! Assignments as officials see them.

use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::accounts::Email;
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::action::transaction::Transaction;
use crate::exams::access::{require_manager, require_signed_in};
use crate::exams::sessions::Session;

/// An assignment as officials see it. It says nothing of the student but the address that they have
/// given.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The id.
    pub id: Uuid,
    /// The exam session.
    pub exam_session_id: Uuid,
    /// The venue.
    pub venue_id: Uuid,
    /// The address in lower case; `None` for a student who was imported without one.
    pub student_email: Option<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last updated.
    pub updated_at: DateTime<Utc>,
}

/// Which assignments of a session to list.
#[derive(Clone, Debug, Default)]
pub struct AssignmentFilter {
    /// Only those at this venue.
    pub venue: Option<Uuid>,
    /// Only the one with this address, in any case.
    pub student_email: Option<String>,
}

/// The assignments of a session, the newest first: at most `limit` of them, after the one with the
/// id `after`.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `NotFound` for a session that does not exist;
/// `Forbidden` for an official of another university, and for all but officials, admins and keys
/// with the scope `venues:write`; `Invalid` for a filter that is no address.
pub async fn assignments(
    pool: &PgPool,
    actor: &Actor,
    session: Uuid,
    filter: &AssignmentFilter,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<Assignment>, ActionError> {
    require_signed_in(actor)?;
    let found = Session::of_id(pool, session).await?;
    let university = found.ok_or_else(|| no_session(session))?.university_id;
    require_manager(actor, Some(university))?;
    let email = filter.student_email.as_deref();
    let email = email.map(|email| Email::new("student_email", email));
    let email = email.transpose()?;
    let rows = sqlx::query_as!(
        Assignment,
        "SELECT id, exam_session_id, exam_venue_id AS venue_id, student_email, created_at,
            updated_at
        FROM venue_assignments
        WHERE exam_session_id = $1 AND ($2::uuid IS NULL OR exam_venue_id = $2)
            AND ($3::text IS NULL OR student_email = $3) AND ($4::uuid IS NULL OR id < $4)
        ORDER BY id DESC LIMIT $5",
        session,
        filter.venue,
        email.as_ref().map(Email::key),
        after,
        i64::from(limit) + 1
    )
    .fetch_all(pool)
    .await?;
    Ok(Page::of(rows, limit))
}

/// One assignment, for those who may write it.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `NotFound` for an assignment that does not exist or
/// that the actor may not see.
pub async fn assignment(pool: &PgPool, actor: &Actor, id: Uuid) -> Result<Assignment, ActionError> {
    require_signed_in(actor)?;
    let found = sqlx::query_as!(
        Assignment,
        "SELECT id, exam_session_id, exam_venue_id AS venue_id, student_email, created_at,
            updated_at
        FROM venue_assignments WHERE id = $1",
        id
    )
    .fetch_optional(pool)
    .await?;
    let found = found.ok_or_else(|| not_found(id))?;
    let session = Session::of_id(pool, found.exam_session_id).await?;
    let session = session.ok_or_else(|| not_found(id))?;
    let may_see = require_manager(actor, Some(session.university_id));
    may_see.map(|()| found).map_err(|_| not_found(id))
}

/// The assignment of an id with its session, both locked, if the actor may write them. An
/// assignment is personal, so others do not learn that it exists.
///
/// # Errors
///
/// As [`assignment`].
pub(super) async fn writable(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<Assignment, ActionError> {
    require_signed_in(transaction.actor())?;
    let session = sqlx::query_scalar!(
        "SELECT exam_session_id FROM venue_assignments WHERE id = $1",
        id
    )
    .fetch_optional(transaction.sql())
    .await?;
    // Sessions are locked before their assignments, as an import does.
    let session = match session {
        Some(session) => Session::locked(transaction, session).await?,
        None => None,
    };
    let session = session.ok_or_else(|| not_found(id))?;
    let may_write = require_manager(transaction.actor(), Some(session.university_id));
    may_write.map_err(|_| not_found(id))?;
    let found = sqlx::query_as!(
        Assignment,
        "SELECT id, exam_session_id, exam_venue_id AS venue_id, student_email, created_at,
            updated_at
        FROM venue_assignments WHERE id = $1 FOR NO KEY UPDATE",
        id
    )
    .fetch_optional(transaction.sql())
    .await?;
    found.ok_or_else(|| not_found(id))
}

/// The error for an assignment that does not exist or that the actor may not see.
pub(super) fn not_found(id: Uuid) -> ActionError {
    ActionError::not_found("id", id, "the id of an assignment that you may see")
}

/// The error for a session that does not exist.
pub(super) fn no_session(id: Uuid) -> ActionError {
    ActionError::not_found("id", id, "the id of an exam session")
}
