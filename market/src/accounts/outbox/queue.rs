//! Queues mail in the transaction of an action.

use uuid::Uuid;

use crate::accounts::email::Email;
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;

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
    sqlx::query!(
        "INSERT INTO mail_outbox (kind, recipient, user_id, registration_id, invitation_id)
        VALUES ($1, $2, $3, $4, $5)",
        kind,
        recipient.as_str(),
        user_id,
        registration_id,
        invitation_id
    )
    .execute(transaction.sql())
    .await?;
    Ok(())
}
