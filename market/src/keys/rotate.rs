//! Replaces the secrets of keys.

use serde_json::json;
use uuid::Uuid;

use super::access::{Visible, not_found};
use super::key::Key;
use super::secret::{random_secret, secret_hash};
use crate::accounts::Secret;
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;

/// A replaced secret is accepted for at most a week.
pub const OVERLAP_S_MAX: u32 = 7 * 24 * 3600;

/// Gives a key another secret. The old one is accepted for `overlap_s` more seconds, at most a
/// week; with 0, and if it leaked, not at all. Secrets that earlier rotations left end then too.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller, `Forbidden` for a user whose role has no keys,
/// `NotFound` for a key that the actor does not see, `Conflict` for one that is revoked or has
/// expired, `Invalid` for a longer overlap.
pub async fn rotate_key(
    transaction: &mut Transaction,
    id: Uuid,
    overlap_s: u32,
) -> Result<(Key, Secret), ActionError> {
    let visible = Visible::to(transaction.actor())?;
    if overlap_s > OVERLAP_S_MAX {
        let expected = format!("a whole number from 0 to {OVERLAP_S_MAX}");
        return Err(ActionError::invalid("overlap_s", overlap_s, expected));
    }
    let key = Key::locked(transaction, id).await?;
    let key = key
        .filter(|key| key.is_among(visible))
        .ok_or_else(|| not_found(id))?;
    key.check_usable()?;
    match overlap_s {
        0 => {
            sqlx::query!("DELETE FROM api_key_secrets WHERE key_id = $1", id)
                .execute(transaction.sql())
                .await?;
        }
        _ => {
            sqlx::query!(
                "UPDATE api_key_secrets
                SET expires_at = least(expires_at, now() + make_interval(secs => $2))
                WHERE key_id = $1",
                id,
                f64::from(overlap_s)
            )
            .execute(transaction.sql())
            .await?;
        }
    }
    let secret = issue(transaction, &key).await?;
    let event = Event::new("key.rotated", Subject::new("key", id));
    let change = json!({"overlap_s": overlap_s});
    transaction.record(event.with_change(change)).await?;
    Ok((key, secret))
}

/// Stores the hash of a new secret of a key, and returns the secret.
pub(super) async fn issue(transaction: &mut Transaction, key: &Key) -> Result<Secret, ActionError> {
    let secret = random_secret(&key.prefix);
    sqlx::query!(
        "INSERT INTO api_key_secrets (secret_hash, key_id) VALUES ($1, $2)",
        &secret_hash(secret.expose())[..],
        key.id
    )
    .execute(transaction.sql())
    .await?;
    Ok(secret)
}
