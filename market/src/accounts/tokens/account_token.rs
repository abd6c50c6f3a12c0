//! Single-use tokens that prove the receipt of a mail.

use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;

use super::secret::{Secret, hash};
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::accounts) enum Purpose {
    Registration,
    Invitation,
    EmailChange,
    PasswordReset,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::Invitation => "invitation",
            Self::EmailChange => "email_change",
            Self::PasswordReset => "password_reset",
        }
    }

    /// How long a token can be used.
    pub(in crate::accounts) fn valid(self) -> Duration {
        match self {
            Self::Registration | Self::EmailChange => Duration::from_secs(24 * 3600),
            Self::Invitation => Duration::from_secs(7 * 24 * 3600),
            Self::PasswordReset => Duration::from_secs(3600),
        }
    }
}

/// Whom a token is for.
#[derive(Clone, Copy, Debug)]
pub(in crate::accounts) enum Holder {
    Registration(Uuid),
    Invitation(Uuid),
    User(Uuid),
}

/// A token that has just been used.
pub(in crate::accounts) struct AccountToken {
    pub(in crate::accounts) user_id: Option<Uuid>,
    pub(in crate::accounts) registration_id: Option<Uuid>,
    pub(in crate::accounts) invitation_id: Option<Uuid>,
    pub(in crate::accounts) email: String,
}

impl AccountToken {
    /// Stores a new token for the mail to an address, and returns it.
    pub(in crate::accounts) async fn issue(
        sql: &mut PgConnection,
        purpose: Purpose,
        holder: Holder,
        email: &str,
    ) -> Result<Secret, sqlx::Error> {
        let token = Secret::random();
        let (user_id, registration_id, invitation_id) = match holder {
            Holder::User(id) => (Some(id), None, None),
            Holder::Registration(id) => (None, Some(id), None),
            Holder::Invitation(id) => (None, None, Some(id)),
        };
        sqlx::query!(
            "INSERT INTO account_tokens
                (token_hash, purpose, user_id, registration_id, invitation_id, email, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))",
            &hash(token.expose())[..],
            purpose.as_str(),
            user_id,
            registration_id,
            invitation_id,
            email,
            purpose.valid().as_secs_f64()
        )
        .execute(sql)
        .await?;
        Ok(token)
    }

    /// Uses a token up. Of two transactions with the same token, only one finds it.
    pub(in crate::accounts) async fn consume(
        transaction: &mut Transaction,
        field: &'static str,
        token: &str,
        purposes: &[Purpose],
    ) -> Result<Self, ActionError> {
        let purposes: Vec<String> = purposes
            .iter()
            .map(|purpose| purpose.as_str().to_owned())
            .collect();
        let used = sqlx::query_as!(
            Self,
            "UPDATE account_tokens SET used_at = now()
            WHERE token_hash = $1 AND purpose = ANY($2) AND used_at IS NULL AND expires_at > now()
            RETURNING user_id, registration_id, invitation_id, email",
            &hash(token)[..],
            &purposes[..]
        )
        .fetch_optional(transaction.sql())
        .await?;
        used.ok_or_else(|| Self::rejected(field))
    }

    /// Whether a token could be used now. It may be used up before it is.
    pub(in crate::accounts) async fn is_usable(
        sql: &mut PgConnection,
        token: &str,
        purpose: Purpose,
    ) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            SELECT EXISTS (
                SELECT FROM account_tokens
                WHERE token_hash = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > now()
            ) AS "is_usable!"
            "#,
            &hash(token)[..],
            purpose.as_str()
        )
        .fetch_one(sql)
        .await
    }

    pub(in crate::accounts) fn rejected(field: &'static str) -> ActionError {
        let expected = "a token from a mail that has neither expired nor been used";
        ActionError::invalid_secret(field, expected)
    }
}
