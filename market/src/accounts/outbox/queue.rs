//! Queues mail in the transaction of an action.

use serde_json::json;
use uuid::Uuid;

use crate::accounts::email::Email;
use crate::action::error::ActionError;
use crate::action::job::Job;
use crate::action::transaction::Transaction;

/// The task that sends a mail.
pub(crate) const SEND_MAIL: &str = "send_mail";

/// About ten hours.
const ATTEMPTS_MAX: u16 = 10;

/// What a mail is about, as in the column `kind`.
#[derive(Clone, Copy, Debug)]
pub(in crate::accounts) enum Mail {
    /// Confirm the address of a registration.
    Registration(Uuid),
    /// Accept an invitation.
    Invitation(Uuid),
    /// Confirm the new address of a user.
    EmailChange(Uuid),
    /// Set a new password.
    PasswordReset,
}

/// Queues a mail to an address.
pub(in crate::accounts) async fn queue(
    transaction: &mut Transaction,
    recipient: &Email,
    mail: Mail,
) -> Result<(), ActionError> {
    let (kind, user_id, registration_id, invitation_id) = match mail {
        Mail::Registration(id) => ("registration", None, Some(id), None),
        Mail::Invitation(id) => ("invitation", None, None, Some(id)),
        Mail::EmailChange(id) => ("email_change", Some(id), None, None),
        Mail::PasswordReset => ("password_reset", None, None, None),
    };
    let id = sqlx::query_scalar!(
        "INSERT INTO mail_outbox (kind, recipient, user_id, registration_id, invitation_id, due_at)
        VALUES ($1, $2, $3, $4, $5, 'infinity') RETURNING id",
        kind,
        recipient.as_str(),
        user_id,
        registration_id,
        invitation_id
    )
    .fetch_one(transaction.sql())
    .await?;
    let job = Job {
        task: SEND_MAIL,
        payload: json!({ "mail": id }),
        attempts_max: ATTEMPTS_MAX,
        key: None,
    };
    job.enqueue(transaction.sql()).await?;
    Ok(())
}
