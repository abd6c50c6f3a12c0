//! The JSON of a key.

use roost_market::keys::Key;
use roost_market::{Scope, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An API key, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct KeyJson {
    id: Uuid,
    /// The readable start of the secret, by which people recognize the key.
    #[schema(example = "roost_live_k3v5x2qade")]
    prefix: String,
    #[schema(example = "Partner in Mumbai")]
    name: String,
    /// What the key may do.
    #[schema(example = json!(["search"]))]
    scopes: Vec<&'static str>,
    /// The key reads only rooms that pass all of these, those of its ancestors first.
    #[schema(example = json!(["city:Mumbai"]))]
    filters: Vec<String>,
    /// How often the key and those that descend from it may call, on each node.
    #[schema(example = 600)]
    requests_per_minute: u32,
    /// The user for whom the key acts; null for a service that acts for itself.
    user_id: Option<Uuid>,
    /// The key that created it; null for one that a person created.
    parent_id: Option<Uuid>,
    /// UTC.
    #[schema(example = "2026-12-01T09:30:00.000Z")]
    created_at: String,
    /// UTC; null for never.
    #[schema(example = "2027-12-01T00:00:00.000Z")]
    expires_at: Option<String>,
    /// UTC; null for a key that is not revoked.
    revoked_at: Option<String>,
    /// UTC, to the minute; null for a key that was never used.
    #[schema(example = "2026-12-01T09:41:00.000Z")]
    last_used_at: Option<String>,
}

/// A key with a new secret.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKeyWithSecret)]
pub(crate) struct KeyWithSecret {
    key: KeyJson,
    /// Send it as `Authorization: Bearer <secret>`. It is not stored, so this answer alone contains
    /// it; null if an `Idempotency-Key` repeats the answer.
    #[schema(example = "roost_live_k3v5x2qade_t3Yk1mQ0cPz6kq2V5m1dV0n0Yq9xkU4uJ8d1hVb7s2E")]
    secret: Option<String>,
}

impl KeyWithSecret {
    pub(super) fn new(key: &KeyJson, secret: Option<&str>) -> KeyWithSecret {
        KeyWithSecret {
            key: key.clone(),
            secret: secret.map(str::to_owned),
        }
    }
}

impl From<Key> for KeyJson {
    fn from(key: Key) -> KeyJson {
        KeyJson {
            id: key.id,
            prefix: key.prefix,
            name: key.name,
            scopes: key.scopes.into_iter().map(Scope::as_str).collect(),
            filters: key.filters,
            requests_per_minute: key.requests_per_minute,
            user_id: key.user_id,
            parent_id: key.parent_id,
            created_at: rfc3339(key.created_at),
            expires_at: key.expires_at.map(rfc3339),
            revoked_at: key.revoked_at.map(rfc3339),
            last_used_at: key.last_used_at.map(rfc3339),
        }
    }
}
