//! The profile of the signed-in user, and its password.

use serde_json::json;
use sqlx::PgPool;

use super::account::Account;
use super::email::Email;
use super::outbox::{Mail, queue};
use super::passwords::{Password, Passwords, Verified};
use super::session::{self, EndReason};
use super::user::User;
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::{Transaction, Written};
use crate::fields::text;

/// Changes of a profile. What is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The name that others see, 1 to 200 characters.
    pub display_name: Option<String>,
    /// Another address.
    pub email: Option<EmailChange>,
}

/// Another address, which replaces the current one once it is confirmed. It would let its owner
/// reset the password, so it takes the password and not only a session.
#[derive(Clone, Debug)]
pub struct EmailChange {
    /// The new address.
    pub email: Email,
    /// The current password.
    pub current_password: Password,
}

/// The signed-in user.
///
/// # Errors
///
/// Those of [`Actor::user`], and `Internal`.
pub async fn profile(pool: &PgPool, actor: &Actor) -> Result<User, ActionError> {
    let id = actor.user()?.id;
    let user = User::of_id(pool, id).await?;
    user.ok_or_else(ActionError::sign_in_required)
}

/// Changes the profile of the signed-in user. Without a difference nothing is written.
///
/// # Errors
///
/// `Invalid` for a name of a wrong length and a wrong current password, `Busy` if too many
/// passwords are being compared.
pub async fn change_profile(
    pool: &PgPool,
    passwords: &Passwords,
    actor: Actor,
    change: ProfileChange,
) -> Result<Written<User>, ActionError> {
    let id = actor.user()?.id;
    let display_name = change.display_name.as_deref();
    let display_name = display_name.map(|name| text::line("display_name", name, 1..=200));
    let display_name = display_name.transpose()?;
    let email = match change.email {
        Some(EmailChange {
            email,
            current_password,
        }) => {
            verify_current(pool, passwords, &actor, current_password).await?;
            Some(email)
        }
        None => None,
    };
    let mut transaction = Transaction::begin(pool, actor).await?;
    let user = User::locked(&mut transaction, id).await?;
    let mut user = user.ok_or_else(ActionError::sign_in_required)?;
    if let Some(name) = display_name.filter(|name| *name != user.display_name) {
        sqlx::query!("UPDATE users SET display_name = $2 WHERE id = $1", id, name)
            .execute(transaction.sql())
            .await?;
        let event = Event::new("user.changed", Subject::new("user", id));
        let change = json!({"display_name": name});
        transaction.record(event.with_change(change)).await?;
        user.display_name = name;
    }
    if let Some(email) = email
        && Some(email.as_str()) != user.email.as_deref()
    {
        queue(&mut transaction, &email, Mail::EmailChange(id)).await?;
        let event = Event::new("user.email_change_requested", Subject::new("user", id));
        transaction.record(event).await?;
    }
    transaction.commit(user).await
}

/// Changes the password of the signed-in user, and ends its other sessions.
///
/// # Errors
///
/// `Invalid` for a wrong current password, `Busy` if too many passwords are being compared.
pub async fn change_password(
    pool: &PgPool,
    passwords: &Passwords,
    actor: Actor,
    current: Password,
    new: Password,
) -> Result<Written<()>, ActionError> {
    let user = actor.user()?.clone();
    let account = verify_current(pool, passwords, &actor, current).await?;
    let password_hash = passwords.hash(new).await?;
    let mut transaction = Transaction::begin(pool, actor).await?;
    if !account.replace(&mut transaction, &password_hash).await? {
        return Err(ActionError::conflict("the password was changed meanwhile"));
    }
    let (others, reason) = (Some(user.session), EndReason::PasswordChanged);
    session::end(&mut transaction, user.id, None, others, reason).await?;
    let event = Event::new("user.password_changed", Subject::new("user", user.id));
    transaction.record(event).await?;
    transaction.commit(()).await
}

/// Checks the password of the signed-in user.
async fn verify_current(
    pool: &PgPool,
    passwords: &Passwords,
    actor: &Actor,
    current: Password,
) -> Result<Account, ActionError> {
    let wrong = || ActionError::invalid_secret("current_password", "the current password");
    let account = Account::of_user(pool, actor.user()?.id).await?;
    let stored = account.as_ref().map(|account| &*account.password_hash);
    match passwords.verify(current, stored).await? {
        Verified::Right { .. } => account.ok_or_else(wrong),
        Verified::Wrong => Err(wrong()),
    }
}
