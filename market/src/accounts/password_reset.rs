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
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::{Transaction, Written};

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

/// Sets a new password with a mailed token, ends all sessions of the user, and returns its id. As
/// the token proves the receipt of mail, it also confirms the address.
///
/// # Errors
///
/// `Invalid` for a token that is unknown, expired or used, or whose user has another address by
/// now; `Busy` if too many passwords are being hashed.
pub async fn reset_password(
    pool: &PgPool,
    passwords: &Passwords,
    token: &str,
    new: Password,
) -> Result<Written<Uuid>, ActionError> {
    let mut connection = pool.acquire().await?;
    let purpose = Purpose::PasswordReset;
    // Before the hash, so that guessed tokens cost no more than a lookup.
    if !AccountToken::is_usable(&mut connection, token, purpose).await? {
        return Err(AccountToken::rejected("token"));
    }
    drop(connection);
    let password_hash = passwords.hash(new).await?;
    let mut transaction = Transaction::begin(pool, Actor::Anonymous).await?;
    let token = AccountToken::consume(&mut transaction, "token", token, &[purpose]).await?;
    let user = match token.user_id {
        Some(id) => User::locked(&mut transaction, id).await?,
        None => None,
    };
    let has_address = |user: &User| {
        let email = user.email.as_deref().unwrap_or_default();
        email.to_lowercase() == token.email.to_lowercase()
    };
    let user = user.filter(|user| has_address(user) && user.disabled_at.is_none());
    let user = user.ok_or_else(|| AccountToken::rejected("token"))?;
    set_password(&mut transaction, user.id, &password_hash).await?;
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
    session::end(
        &mut transaction,
        user.id,
        None,
        None,
        EndReason::PasswordReset,
    )
    .await?;
    let event = Event::new("user.password_reset", Subject::new("user", user.id));
    transaction.record(event).await?;
    transaction.commit(user.id).await
}
