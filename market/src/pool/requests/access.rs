//! Who may read and write a rental request.

use uuid::Uuid;

use super::request::RentalRequest;
use crate::action::actor::{Actor, Role, Scope};
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;
use crate::edit::IfVersion;

/// Whose requests an actor may read and write: those of one student, or of all (`None`).
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Forbidden` for a user who is neither student nor
/// admin, and for a key without the scope `requests:write`.
pub(super) fn student_of(actor: &Actor) -> Result<Option<Uuid>, ActionError> {
    actor.require_scope(Scope::RequestsWrite)?;
    match actor {
        Actor::Anonymous => Err(ActionError::sign_in_required()),
        actor if actor.limited_to().is_none() => Ok(None),
        actor => Ok(Some(actor.acts_for(Role::Student, Scope::RequestsWrite)?)),
    }
}

/// The request of an id, locked, if the actor may write it.
///
/// # Errors
///
/// Those of [`student_of`]; `NotFound` for a request that does not exist or is another student's;
/// `PreconditionFailed` for another version.
pub(super) async fn writable(
    transaction: &mut Transaction,
    id: Uuid,
    if_version: &IfVersion,
) -> Result<RentalRequest, ActionError> {
    let student = student_of(transaction.actor())?;
    let request = RentalRequest::locked(transaction, id).await?;
    let request = visible(request, student, id)?;
    if_version.check("the request", request.version)?;
    Ok(request)
}

/// A request, if it is one of a student, or whichever it is.
pub(super) fn visible(
    request: Option<RentalRequest>,
    student: Option<Uuid>,
    id: Uuid,
) -> Result<RentalRequest, ActionError> {
    let is_own = |request: &RentalRequest| student.is_none_or(|it| it == request.student_id);
    let expected = "the id of a rental request of yours";
    request
        .filter(is_own)
        .ok_or_else(|| ActionError::not_found("id", id, expected))
}
