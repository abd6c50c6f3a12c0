//! Sign-in with an e-mail address and a password.

use sqlx::PgPool;

use super::account::Account;
use super::email::Email;
use super::passwords::{Password, Passwords, Verified};
use super::session::{self, SignedIn};
use super::user::User;
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::transaction::{Transaction, Written};

/// The same whether there is no such account, its address is not confirmed, or the password is
/// wrong.
const WRONG: &str = "the e-mail address or the password is wrong, or the address is not confirmed";

/// Signs a user in and starts a session.
///
/// Without an account the work and the error are the same as with a wrong password.
///
/// # Errors
///
/// `Unauthenticated` for a wrong address or password, `Forbidden` for the right password of a
/// disabled user, `Busy` if too many passwords are being compared.
pub async fn sign_in(
    pool: &PgPool,
    passwords: &Passwords,
    email: &Email,
    password: Password,
) -> Result<Written<SignedIn>, ActionError> {
    let wrong = || ActionError::Unauthenticated(WRONG.into());
    let account = Account::of_email(pool, &email.key()).await?;
    // The comparison takes long, so no transaction is open meanwhile.
    let stored = account.as_ref().map(|account| &*account.password_hash);
    let Verified::Right { replacement } = passwords.verify(password, stored).await? else {
        return Err(wrong());
    };
    let account = account.ok_or_else(wrong)?;
    let mut transaction = Transaction::begin(pool, Actor::Anonymous).await?;
    let user = User::locked(&mut transaction, account.user.id).await?;
    let user = user.ok_or_else(wrong)?;
    if user.disabled_at.is_some() {
        return Err(ActionError::forbidden("this account is disabled"));
    }
    let new_hash = replacement.as_ref().unwrap_or(&account.password_hash);
    if !account.replace(&mut transaction, new_hash).await? {
        // The password was changed during the comparison.
        return Err(wrong());
    }
    let signed_in = session::start(&mut transaction, user).await?;
    transaction.commit(signed_in).await
}
