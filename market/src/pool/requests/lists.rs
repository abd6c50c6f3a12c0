//! The requests of a student, or those of all.

use sqlx::PgPool;
use uuid::Uuid;

use super::access::{student_of, visible};
use super::request::RentalRequest;
use super::status::Status;
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::page::Page;

/// Which requests to list. What is `None` does not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestFilter {
    /// Only those in this state.
    pub status: Option<Status>,
    /// Only those of this student.
    pub student: Option<Uuid>,
    /// Only those at this venue.
    pub venue: Option<Uuid>,
}

/// One request, in any state: of the student for whom the actor acts, or any one for those who
/// write all.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Forbidden` for a user who is neither student nor
/// admin, and for a key without the scope `requests:write`; `NotFound` for a request of another
/// student.
pub async fn request(pool: &PgPool, actor: &Actor, id: Uuid) -> Result<RentalRequest, ActionError> {
    let student = student_of(actor)?;
    visible(RentalRequest::of_id(pool, id).await?, student, id)
}

/// The requests that pass a filter, the newest first: at most `limit` of them, after the one with
/// the id `after`. A student lists its own.
///
/// # Errors
///
/// As [`request`], and `Forbidden` for a student who lists the requests of another one.
pub async fn requests(
    pool: &PgPool,
    actor: &Actor,
    filter: RequestFilter,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<RentalRequest>, ActionError> {
    let own = student_of(actor)?;
    if own.is_some() && filter.student.is_some_and(|student| Some(student) != own) {
        let reason = "a student lists rental requests of its own only";
        return Err(ActionError::forbidden(reason));
    }
    let student = own.or(filter.student);
    RentalRequest::all(pool, student, filter.venue, filter.status, after, limit).await
}
