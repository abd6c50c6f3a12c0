//! Lists keys.

use sqlx::PgPool;
use uuid::Uuid;

use super::access::{Visible, not_found};
use super::key::Key;
use crate::action::actor::Actor;
use crate::action::error::ActionError;
use crate::action::page::Page;

/// One key: an admin sees all, a user those that act for it, and a key itself and those that
/// descend from it.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller, `Forbidden` for a user whose role has no keys,
/// `NotFound` for a key that the actor does not see.
pub async fn get_key(pool: &PgPool, actor: &Actor, id: Uuid) -> Result<Key, ActionError> {
    let key = Key::visible(pool, id, Visible::to(actor)?).await?;
    key.ok_or_else(|| not_found(id))
}

/// The keys that an actor sees, the newest first: at most `limit` of them, after the one with the
/// id `after`. Revoked and expired ones are left out unless `with_ended` is set.
///
/// # Errors
///
/// As [`get_key`].
pub async fn list_keys(
    pool: &PgPool,
    actor: &Actor,
    with_ended: bool,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Page<Key>, ActionError> {
    Key::all_visible(pool, Visible::to(actor)?, with_ended, after, limit).await
}
