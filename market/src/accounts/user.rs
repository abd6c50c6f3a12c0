//! A user as the user itself and admins see it.

use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::action::actor::Role;
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The id.
    pub id: Uuid,
    /// What the user does.
    pub role: Role,
    /// The name that others see.
    pub display_name: String,
    /// The address; `None` for an imported user without one.
    pub email: Option<String>,
    /// When the user proved to receive mail at the address.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// The university of an official.
    pub university_id: Option<Uuid>,
    /// Since when the user cannot sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// When the account was created.
    pub created_at: DateTime<Utc>,
}

/// A row of `users`.
pub(crate) struct UserRow {
    pub(crate) id: Uuid,
    pub(crate) role: String,
    pub(crate) display_name: String,
    pub(crate) email: Option<String>,
    pub(crate) email_verified_at: Option<DateTime<Utc>>,
    pub(crate) university_id: Option<Uuid>,
    pub(crate) disabled_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
}

impl TryFrom<UserRow> for User {
    type Error = ActionError;

    fn try_from(row: UserRow) -> Result<Self, ActionError> {
        Ok(Self {
            id: row.id,
            role: row.role.parse().map_err(ActionError::internal)?,
            display_name: row.display_name,
            email: row.email,
            email_verified_at: row.email_verified_at,
            university_id: row.university_id,
            disabled_at: row.disabled_at,
            created_at: row.created_at,
        })
    }
}

impl User {
    /// The user of an id; `None` if there is none.
    pub(crate) async fn of_id(pool: &PgPool, id: Uuid) -> Result<Option<Self>, ActionError> {
        let row = sqlx::query_as!(
            UserRow,
            "SELECT id, role, display_name, email, email_verified_at, university_id, disabled_at,
                created_at
            FROM users WHERE id = $1",
            id
        )
        .fetch_optional(pool)
        .await?;
        row.map(Self::try_from).transpose()
    }

    /// The user of an id, locked until the transaction ends so that concurrent changes of the same
    /// user follow each other; `None` if there is none.
    pub(crate) async fn locked(
        transaction: &mut Transaction,
        id: Uuid,
    ) -> Result<Option<Self>, ActionError> {
        let row = sqlx::query_as!(
            UserRow,
            "SELECT id, role, display_name, email, email_verified_at, university_id, disabled_at,
                created_at
            FROM users WHERE id = $1 FOR NO KEY UPDATE",
            id
        )
        .fetch_optional(transaction.sql())
        .await?;
        row.map(Self::try_from).transpose()
    }
}
