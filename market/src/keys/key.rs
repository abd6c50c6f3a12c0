//! A key as those see it who may manage it.

use std::collections::BTreeSet;

use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use super::access::Visible;
use crate::action::actor::Scope;
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::action::transaction::Transaction;

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The id.
    pub id: Uuid,
    /// The readable start of its secret.
    pub prefix: String,
    /// What its creator calls it.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// Filters of rooms, all of which a room must pass to be read; the last one is its own if it
    /// has more than its parent.
    pub filters: Vec<String>,
    /// How often it and its descendants together may call, 1 to 1,000,000.
    pub requests_per_minute: u32,
    /// The user for whom it acts.
    pub user_id: Option<Uuid>,
    /// The key that created it.
    pub parent_id: Option<Uuid>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when it is revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The keys that it descends from, the first one first.
    pub(super) ancestors: Vec<Uuid>,
}

struct KeyRow {
    id: Uuid,
    prefix: String,
    name: String,
    scopes: Vec<String>,
    filters: Vec<String>,
    requests_per_minute: i32,
    user_id: Option<Uuid>,
    parent_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    ancestors: Vec<Uuid>,
}

/// Selects keys `k`.
macro_rules! select_keys {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            KeyRow,
            r#"
            SELECT k.id, k.prefix, k.name, k.scopes, k.filters, k.requests_per_minute, k.user_id,
                k.parent_id, k.created_at, k.expires_at, k.revoked_at, k.last_used_at, k.ancestors
            FROM api_keys k
            "# + $rest
            $(, $argument)*
        )
    };
}

impl Key {
    /// The key of an id among those that are visible; `None` if there is none.
    pub(super) async fn visible(
        pool: &PgPool,
        id: Uuid,
        visible: Visible,
    ) -> Result<Option<Self>, ActionError> {
        let row = select_keys!("WHERE k.id = $1", id).fetch_optional(pool);
        let key = row.await?.map(Self::try_from).transpose()?;
        Ok(key.filter(|key| key.is_among(visible)))
    }

    /// The key of an id, locked until the transaction ends; `None` if there is none. The keys that
    /// it descends from are locked first, each before those below it, so that none of them is
    /// revoked meanwhile and no two transactions wait for each other.
    pub(super) async fn locked(
        transaction: &mut Transaction,
        id: Uuid,
    ) -> Result<Option<Self>, ActionError> {
        sqlx::query!(
            "SELECT a.id FROM api_keys a
            WHERE a.id = ANY((SELECT k.ancestors FROM api_keys k WHERE k.id = $1)::uuid[])
            ORDER BY cardinality(a.ancestors) FOR SHARE OF a",
            id
        )
        .fetch_all(transaction.sql())
        .await?;
        let row = select_keys!("WHERE k.id = $1 FOR NO KEY UPDATE OF k", id)
            .fetch_optional(transaction.sql())
            .await?;
        row.map(Self::try_from).transpose()
    }

    /// The visible keys, the newest first, after the one of an id.
    pub(super) async fn all_visible(
        pool: &PgPool,
        visible: Visible,
        with_ended: bool,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<Self>, ActionError> {
        let (user, key) = match visible {
            Visible::All => (None, None),
            Visible::OfUser(user) => (Some(user), None),
            Visible::OfKey(key) => (None, Some(key)),
        };
        let rows = select_keys!(
            "WHERE ($1::uuid IS NULL OR k.user_id = $1)
                AND ($2::uuid IS NULL OR k.id = $2 OR k.ancestors @> ARRAY[$2])
                AND ($3 OR (k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())))
                AND ($4::uuid IS NULL OR k.id < $4)
            ORDER BY k.id DESC LIMIT $5",
            user,
            key,
            with_ended,
            after,
            i64::from(limit) + 1
        )
        .fetch_all(pool)
        .await?;
        Page::of(rows, limit).try_map(Self::try_from)
    }

    /// Whether those who see these keys see this one.
    pub(super) fn is_among(&self, visible: Visible) -> bool {
        match visible {
            Visible::All => true,
            Visible::OfUser(user) => self.user_id == Some(user),
            Visible::OfKey(id) => self.id == id || self.ancestors.contains(&id),
        }
    }

    /// Checks that the key can be used.
    ///
    /// # Errors
    ///
    /// `Conflict` for one that is revoked or has expired.
    pub(super) fn check_usable(&self) -> Result<(), ActionError> {
        let ended = match self.revoked_at {
            Some(_) => "is revoked",
            None if self.expires_at.is_some_and(|at| at <= Utc::now()) => "has expired",
            None => return Ok(()),
        };
        let reason = format!("the key {ended}; create another one");
        Err(ActionError::conflict(reason))
    }
}

impl TryFrom<KeyRow> for Key {
    type Error = ActionError;

    fn try_from(row: KeyRow) -> Result<Self, ActionError> {
        let scopes = row.scopes.iter().map(|scope| scope.parse());
        let scopes: Result<_, _> = scopes.collect();
        Ok(Self {
            id: row.id,
            prefix: row.prefix,
            name: row.name,
            scopes: scopes.map_err(ActionError::internal)?,
            filters: row.filters,
            requests_per_minute: row.requests_per_minute.unsigned_abs(),
            user_id: row.user_id,
            parent_id: row.parent_id,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
            ancestors: row.ancestors,
        })
    }
}
