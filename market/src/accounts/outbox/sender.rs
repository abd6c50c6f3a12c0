//! Sends queued mail.

use std::fmt;

use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use crate::accounts::tokens::{AccountToken, Holder, Purpose};
use crate::action::error::ActionError;
use crate::mail::{MailError, Mailer, Message};

/// Sends the mail that actions have queued.
#[derive(Clone)]
pub struct MailSender {
    pool: PgPool,
    mailer: Mailer,
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The database is unreachable.
    #[error("reading the mail: {}", cause(.0))]
    Read(#[from] ActionError),
    /// The mail cannot be delivered.
    #[error("{0}")]
    Deliver(#[from] MailError),
}

/// A row of the queue.
struct Queued {
    kind: String,
    recipient: String,
    user_id: Option<Uuid>,
    registration_id: Option<Uuid>,
    invitation_id: Option<Uuid>,
}

impl MailSender {
    /// Sends what is queued in this database.
    pub fn new(pool: PgPool, mailer: Mailer) -> Self {
        Self { pool, mailer }
    }

    /// Sends a mail, unless it was sent before or there is nothing to say any more.
    pub(crate) async fn send(&self, id: i64) -> Result<(), SendError> {
        let mut connection = self.pool.acquire().await.map_err(ActionError::from)?;
        let queued = sqlx::query_as!(
            Queued,
            "SELECT kind, recipient, user_id, registration_id, invitation_id FROM mail_outbox WHERE id = $1",
            id
        );
        let queued = queued.fetch_optional(&mut *connection).await;
        let Some(queued) = queued.map_err(ActionError::from)? else {
            return Ok(());
        };
        // A crash after this point repeats the mail with another token. Both work.
        if let Some(message) = compose(&mut connection, &queued).await? {
            self.mailer.send(&queued.recipient, &message).await?;
        }
        sqlx::query!("DELETE FROM mail_outbox WHERE id = $1", id)
            .execute(&mut *connection)
            .await
            .map_err(ActionError::from)?;
        Ok(())
    }
}

impl fmt::Debug for MailSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSender").finish_non_exhaustive()
    }
}

/// An internal error hides its cause from callers, but not from the log.
fn cause(error: &ActionError) -> String {
    match error {
        ActionError::Internal(source) => source.to_string(),
        error => error.to_string(),
    }
}

/// What to send, with a token that is stored; `None` if there is nothing to say.
async fn compose(sql: &mut PgConnection, queued: &Queued) -> Result<Option<Message>, ActionError> {
    let mut transaction = sql.begin().await?;
    let email = &queued.recipient;
    let owner = sqlx::query!(
        "SELECT id, disabled_at FROM users WHERE lower(email) = lower($1)",
        email
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let joining = queued.registration_id.or(queued.invitation_id);
    let (purpose, holder) = match (&*queued.kind, queued.user_id, joining, owner) {
        ("registration", _, Some(_), Some(_)) => return Ok(Some(Message::already_registered())),
        ("registration", _, Some(id), None) => (Purpose::Registration, Holder::Registration(id)),
        ("invitation", _, Some(id), None) => (Purpose::Invitation, Holder::Invitation(id)),
        ("email_change", Some(_), _, Some(_)) => return Ok(Some(Message::already_registered())),
        ("email_change", Some(id), _, None) => (Purpose::EmailChange, Holder::User(id)),
        ("password_reset", _, _, Some(owner)) if owner.disabled_at.is_none() => {
            (Purpose::PasswordReset, Holder::User(owner.id))
        }
        _ => return Ok(None),
    };
    let token = AccountToken::issue(&mut transaction, purpose, holder, email).await?;
    transaction.commit().await?;
    Ok(Some(match purpose {
        Purpose::PasswordReset => Message::password_reset(token.expose()),
        Purpose::Invitation => Message::invitation(token.expose()),
        Purpose::Registration | Purpose::EmailChange => Message::confirm(token.expose()),
    }))
}
