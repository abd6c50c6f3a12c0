//! Sends queued mail, with retries.

use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use crate::accounts::tokens::{AccountToken, Holder, Purpose};
use crate::action::error::ActionError;
use crate::mail::{Mailer, Message};

/// A mail that failed this often stays in the queue, but is not tried again.
const ATTEMPTS_MAX: i32 = 10;

/// Sends the mail that actions have queued. Several senders share the work.
#[derive(Clone)]
pub struct MailSender {
    pool: PgPool,
    mailer: Mailer,
}

/// A row of the queue, reserved for this sender until it is due again.
struct Queued {
    id: i64,
    kind: String,
    recipient: String,
    user_id: Option<Uuid>,
    registration_id: Option<Uuid>,
    invitation_id: Option<Uuid>,
    attempts: i32,
}

impl MailSender {
    /// Sends what is queued in this database.
    pub fn new(pool: PgPool, mailer: Mailer) -> Self {
        Self { pool, mailer }
    }

    /// Sends everything that is due, and returns how many mails that were. A mail that cannot be
    /// sent is tried again later.
    ///
    /// # Errors
    ///
    /// `Internal` if the database is unreachable.
    pub async fn send_due(&self) -> Result<usize, ActionError> {
        let mut sent = 0;
        let mut connection = self.pool.acquire().await?;
        while let Some(queued) = reserve(&mut connection).await? {
            // A crash after this point repeats the mail with another token. Both work.
            let message = compose(&mut connection, &queued).await?;
            let result = match message {
                Some(message) => self.mailer.send(&queued.recipient, &message).await,
                None => Ok(()),
            };
            match result {
                Ok(()) => {
                    sqlx::query!("DELETE FROM mail_outbox WHERE id = $1", queued.id)
                        .execute(&mut *connection)
                        .await?;
                    sent += 1;
                }
                Err(error) => {
                    tracing::warn!(
                        mail = queued.id,
                        kind = queued.kind,
                        attempts = queued.attempts,
                        %error,
                        "a mail cannot be sent"
                    );
                    sqlx::query!(
                        "UPDATE mail_outbox SET last_error = left($2, 500) WHERE id = $1",
                        queued.id,
                        error.to_string()
                    )
                    .execute(&mut *connection)
                    .await?;
                }
            }
        }
        Ok(sent)
    }
}

/// Reserves the mail that has been due longest: it is due again after a time that doubles with
/// each attempt, in case this sender fails.
async fn reserve(sql: &mut PgConnection) -> Result<Option<Queued>, sqlx::Error> {
    sqlx::query_as!(
        Queued,
        "UPDATE mail_outbox SET
            attempts = attempts + 1,
            due_at = now() + make_interval(secs => 30 * power(2, attempts))
        WHERE id = (
            SELECT id FROM mail_outbox WHERE due_at <= now() AND attempts < $1
            ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING id, kind, recipient, user_id, registration_id, invitation_id, attempts",
        ATTEMPTS_MAX
    )
    .fetch_optional(sql)
    .await
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
