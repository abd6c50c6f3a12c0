//! Revokes keys.

use serde_json::json;
use uuid::Uuid;

use super::access::{Visible, not_found};
use super::key::Key;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;

/// Revokes a key and all that descend from it, with an event each, and returns it with the ids of
/// those that were not revoked before. A key may revoke itself.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller, `Forbidden` for a user whose role has no keys,
/// `NotFound` for a key that the actor does not see.
pub async fn revoke_key(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<(Key, Vec<Uuid>), ActionError> {
    let visible = Visible::to(transaction.actor())?;
    let key = Key::locked(transaction, id).await?;
    let mut key = key
        .filter(|key| key.is_among(visible))
        .ok_or_else(|| not_found(id))?;
    let revoked = sqlx::query!(
        "UPDATE api_keys SET revoked_at = now()
        WHERE (id = $1 OR ancestors @> ARRAY[$1]) AND revoked_at IS NULL
        RETURNING id, revoked_at",
        id
    )
    .fetch_all(transaction.sql())
    .await?;
    for row in &revoked {
        let event = Event::new("key.revoked", Subject::new("key", row.id));
        let change = match row.id == id {
            true => json!({}),
            false => json!({"with": id}),
        };
        transaction.record(event.with_change(change)).await?;
        if row.id == id {
            key.revoked_at = row.revoked_at;
        }
    }
    Ok((key, revoked.into_iter().map(|row| row.id).collect()))
}
