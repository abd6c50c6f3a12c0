//! Reset of a password that a user has forgotten.

use sqlx::PgPool;
use uuid::Uuid;

use super::email::Email;
use super::outbox::{Mail, queue};
use super::passwords::{Password, Passwords};
use super::registration::set_password;
use super::session::{self, EndReason};
use super::tokens::{AccountToken, Purpose};
use super::user::User;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;

/// Requests a token for a new password. It is mailed if there is an account with this address; the
/// sender of the mail finds out, so this takes the same steps for every address.
///
/// # Errors
///
/// `Internal` if the database is unreachable.
pub async fn request_password_reset(
    transaction: &mut Transaction,
    email: &Email,
) -> Result<(), ActionError> {
    queue(transaction, email, Mail::PasswordReset).await?;
    transaction.keep_without_event();
    Ok(())
}

/// A new password for the holder of a mailed token, hashed.
pub struct NewPassword(String);

/// Hashes the new password for a token, unless the token cannot be used anyway, so that guessed
/// tokens cost no more than a lookup. It takes long, so no transaction should be open meanwhile.
///
/// # Errors
///
/// `Invalid` for a token that is unknown, expired or used; `Busy` if too many passwords are being
/// hashed.
pub async fn prepare_reset(
    pool: &PgPool,
    passwords: &Passwords,
    token: &str,
    new: Password,
) -> Result<NewPassword, ActionError> {
    let mut connection = pool.acquire().await?;
    if !AccountToken::is_usable(&mut connection, token, Purpose::PasswordReset).await? {
        return Err(AccountToken::rejected("token"));
    }
    drop(connection);
    passwords.hash(new).await.map(NewPassword)
}

/// Sets a new password with a mailed token, ends all sessions of the user, and returns its id. As
/// the token proves the receipt of mail, it also confirms the address.
///
/// # Errors
///
/// `Invalid` for a token that is unknown, expired or used, or whose user has another address by
/// now.
pub async fn reset_password(
    transaction: &mut Transaction,
    token: &str,
    new: &NewPassword,
) -> Result<Uuid, ActionError> {
    let token =
        AccountToken::consume(transaction, "token", token, &[Purpose::PasswordReset]).await?;
    let user = match token.user_id {
        Some(id) => User::locked(transaction, id).await?,
        None => None,
    };
    let has_address = |user: &User| {
        let email = user.email.as_deref().unwrap_or_default();
        email.to_lowercase() == token.email.to_lowercase()
    };
    let user = user.filter(|user| has_address(user) && user.disabled_at.is_none());
    let user = user.ok_or_else(|| AccountToken::rejected("token"))?;
    set_password(transaction, user.id, &new.0).await?;
    sqlx::query!(
        "UPDATE users SET email_verified_at = now() WHERE id = $1 AND email_verified_at IS NULL",
        user.id
    )
    .execute(transaction.sql())
    .await?;
    // The other mailed tokens must not change the password once more.
    sqlx::query!(
        "UPDATE account_tokens SET used_at = now()
        WHERE user_id = $1 AND purpose = 'password_reset' AND used_at IS NULL",
        user.id
    )
    .execute(transaction.sql())
    .await?;
    session::end(transaction, user.id, None, None, EndReason::PasswordReset).await?;
    let event = Event::new("user.password_reset", Subject::new("user", user.id));
    transaction.record(event).await?;
    Ok(user.id)
}
