//! Accounts: users with a password.

use sqlx::PgPool;
use uuid::Uuid;

use super::user::User;
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;

/// A user with a password.
pub(super) struct Account {
    pub(super) user: User,
    pub(super) password_hash: String,
}

impl Account {
    /// The account with an address that its user has confirmed; `None` if there is none with a
    /// password.
    pub(super) async fn of_email(pool: &PgPool, key: &str) -> Result<Option<Self>, ActionError> {
        let id = sqlx::query_scalar!(
            "SELECT id FROM users WHERE lower(email) = $1 AND email_verified_at IS NOT NULL",
            key
        )
        .fetch_optional(pool)
        .await?;
        // Without an account, the same statements run, so that their time reveals nothing.
        Self::of_user(pool, id.unwrap_or_default()).await
    }

    /// The account of a user; `None` if the user has no password.
    pub(super) async fn of_user(pool: &PgPool, id: Uuid) -> Result<Option<Self>, ActionError> {
        let user = User::of_id(pool, id).await?;
        let password_hash = sqlx::query_scalar!(
            "SELECT password_hash FROM credentials WHERE user_id = $1",
            id
        )
        .fetch_optional(pool)
        .await?;
        let pair = user.zip(password_hash);
        Ok(pair.map(|(user, password_hash)| Self {
            user,
            password_hash,
        }))
    }

    /// Replaces the hash, and returns whether it was still the one that this account was read with.
    /// The row stays locked until the transaction ends.
    pub(super) async fn replace(
        &self,
        transaction: &mut Transaction,
        password_hash: &str,
    ) -> Result<bool, ActionError> {
        let replaced = sqlx::query!(
            "UPDATE credentials SET password_hash = $3 WHERE user_id = $1 AND password_hash = $2",
            self.user.id,
            self.password_hash,
            password_hash
        )
        .execute(transaction.sql())
        .await?;
        Ok(replaced.rows_affected() == 1)
    }
}
