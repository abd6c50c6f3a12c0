//! Authenticates requests with a key.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::PgPool;
use uuid::Uuid;

use super::access::scopes_of;
use crate::action::actor::{Actor, KeyActor, KeyLimit, KeyOwner, Role, Scope};
use crate::action::error::ActionError;

/// The actor of a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatedKey {
    /// The key.
    pub actor: Actor,
    /// After this time the secret or the key expires; `None` for never.
    pub valid_for: Option<Duration>,
}

/// The actor of a secret with this hash. A key that acts for a user has at most the rights of the
/// current role of the user.
///
/// # Errors
///
/// `Unauthenticated` for a secret that is unknown or was replaced, a key that is revoked or has
/// expired, and a key of a disabled user: the caller cannot tell which.
pub async fn actor_of_key(
    pool: &PgPool,
    secret_hash: &[u8; 32],
) -> Result<AuthenticatedKey, ActionError> {
    let row = sqlx::query!(
        r#"
        SELECT k.id, k.scopes, k.filters, k.requests_per_minute, k.user_id,
            (SELECT u.role FROM users u WHERE u.id = k.user_id) AS "role?",
            (SELECT u.university_id FROM users u WHERE u.id = k.user_id) AS "university_id?",
            extract(epoch FROM least(k.expires_at, s.expires_at) - now())::float8 AS valid_for_s,
            ARRAY(
                SELECT a.id FROM api_keys a WHERE a.id = ANY(k.ancestors)
                ORDER BY cardinality(a.ancestors) DESC
            ) AS "ancestors!",
            ARRAY(
                SELECT a.requests_per_minute FROM api_keys a WHERE a.id = ANY(k.ancestors)
                ORDER BY cardinality(a.ancestors) DESC
            ) AS "ancestor_limits!"
        FROM api_key_secrets s
            JOIN api_keys k ON k.id = s.key_id
        WHERE s.secret_hash = $1 AND k.revoked_at IS NULL
            AND NOT EXISTS (
                SELECT FROM users u WHERE u.id = k.user_id AND u.disabled_at IS NOT NULL
            )
            AND (s.expires_at IS NULL OR s.expires_at > now())
            AND (k.expires_at IS NULL OR k.expires_at > now())
        "#,
        &secret_hash[..]
    )
    .fetch_optional(pool)
    .await?;
    let rejected = "the API key is unknown, expired or revoked";
    let row = row.ok_or(ActionError::Unauthenticated(rejected.into()))?;
    let role = row.role.map(|role| role.parse::<Role>()).transpose();
    let role = role.map_err(ActionError::internal)?;
    let ids = [row.id].into_iter().chain(row.ancestors);
    let limits = [row.requests_per_minute].into_iter();
    let limits = ids.zip(limits.chain(row.ancestor_limits));
    let actor = KeyActor {
        id: row.id,
        scopes: scopes(&row.scopes, role)?,
        owner: row.user_id.zip(role).map(|(id, role)| KeyOwner {
            id,
            role,
            university: row.university_id,
        }),
        filters: row.filters,
        limits: limits
            .map(|(key, limit)| KeyLimit {
                key,
                requests_per_minute: limit.unsigned_abs(),
            })
            .collect(),
    };
    let valid_for = row.valid_for_s.map(|seconds| seconds.max(0.0));
    Ok(AuthenticatedKey {
        actor: Actor::Key(actor),
        valid_for: valid_for.map(|s| Duration::try_from_secs_f64(s).unwrap_or(Duration::MAX)),
    })
}

/// Notes that a key is used now, at most once a minute.
///
/// # Errors
///
/// `Busy` if no connection becomes free in time, `Internal` if the database is unreachable.
pub async fn record_use(pool: &PgPool, key: Uuid) -> Result<(), ActionError> {
    sqlx::query!(
        "UPDATE api_keys SET last_used_at = now()
        WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')",
        key
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The scopes of a key, as far as the role of its user allows them.
fn scopes(names: &[String], role: Option<Role>) -> Result<BTreeSet<Scope>, ActionError> {
    let scopes = names.iter().map(|name| name.parse::<Scope>());
    let scopes: Result<BTreeSet<Scope>, _> = scopes.collect();
    let mut scopes = scopes.map_err(ActionError::internal)?;
    if let Some(role) = role {
        scopes.retain(|scope| scopes_of(role).contains(scope));
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_loses_the_scopes_that_the_role_of_its_user_does_not_allow() {
        let names = ["search", "rooms:write", "admin"].map(str::to_owned);
        let of = |role| scopes(&names, role).unwrap();
        assert_eq!(of(None).len(), 3);
        assert_eq!(of(Some(Role::Admin)).len(), 3);
        let landlord = [Scope::Search, Scope::RoomsWrite];
        assert_eq!(of(Some(Role::Landlord)), landlord.into());
        assert_eq!(of(Some(Role::Official)), [Scope::Search].into());
        assert!(of(Some(Role::Student)).is_empty());
        assert!(scopes(&["unknown".to_owned()], None).is_err());
    }
}
