//! Creates keys.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use super::access::{not_found, scopes_of};
use super::ceiling::Ceiling;
use super::key::Key;
use super::rotate::issue;
use super::secret::random_prefix;
use crate::accounts::Secret;
use crate::action::actor::{Actor, Role, Scope};
use crate::action::error::ActionError;
use crate::action::event::{Event, Subject};
use crate::action::transaction::Transaction;
use crate::fields::text;
use crate::fields::time::rfc3339;

/// The longest filter.
pub const FILTER_CHARS_MAX: usize = 4_000;

/// More usable keys of one user or one parent are a mistake, or an attempt to fill the table.
const KEYS_MAX: i64 = 100;

/// As in the table.
const FILTERS_MAX: usize = 5;

/// A new key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewKey {
    /// What its creator calls it, 1 to 100 characters.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it expires. By default, when the key that creates it expires, or never.
    pub expires_at: Option<DateTime<Utc>>,
    /// How often it and its descendants may call, 1 to 1,000,000. By default as often as the key
    /// that creates it, or 600.
    pub requests_per_minute: Option<u32>,
    /// A filter of rooms in the language of the API, which checks it. The key reads only rooms that
    /// pass it, and the filters of the key that creates it.
    pub filter: Option<String>,
    /// The user for whom it acts, which only admins name.
    pub user_id: Option<Uuid>,
}

/// Creates a key, and returns it with its secret, which is not stored.
///
/// An admin creates every key, a landlord and an official keys that act for itself, and a key
/// narrower keys: with some of its scopes, no later expiry, no higher limit, and all of its
/// filters.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Forbidden` for a user whose role has no keys, and
/// for one that names another user; `Invalid` for a field that is not accepted or wider than its
/// creator; `Conflict` for a creator that has ended, or has too many keys.
pub async fn create_key(
    transaction: &mut Transaction,
    new: NewKey,
) -> Result<(Key, Secret), ActionError> {
    let ceiling = ceiling(transaction).await?;
    let name = text::line("name", &new.name, 1..=100)?;
    let scopes = ceiling.scopes(&new.scopes)?;
    let expires_at = ceiling.expires_at(new.expires_at, Utc::now())?;
    let requests_per_minute = ceiling.requests_per_minute(new.requests_per_minute)?;
    let user_id = ceiling.user_id(new.user_id)?;
    let filters = filters(ceiling.filters.clone(), new.filter, &scopes)?;
    if let Some(user) = new.user_id {
        check_user(transaction, user, &scopes).await?;
    }
    let parent_id = ceiling.ancestors.last().copied();
    check_count(transaction, parent_id, user_id).await?;
    let prefix = random_prefix();
    let scope_names: Vec<String> = scopes.iter().map(Scope::to_string).collect();
    let id = sqlx::query_scalar!(
        "INSERT INTO api_keys (prefix, name, scopes, filters, requests_per_minute, user_id,
            parent_id, ancestors, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        prefix,
        name,
        &scope_names,
        &filters,
        i32::try_from(requests_per_minute).map_err(ActionError::internal)?,
        user_id,
        parent_id,
        &ceiling.ancestors,
        expires_at
    )
    .fetch_one(transaction.sql())
    .await?;
    let key = Key::locked(transaction, id).await?;
    let key = key.ok_or_else(|| ActionError::internal("a key is missing after its insert"))?;
    let secret = issue(transaction, &key).await?;
    let event = Event::new("key.created", Subject::new("key", id));
    let change = json!({
        "prefix": key.prefix,
        "name": key.name,
        "scopes": scope_names,
        "filters": key.filters,
        "requests_per_minute": key.requests_per_minute,
        "user_id": key.user_id,
        "parent_id": key.parent_id,
        "expires_at": key.expires_at.map(rfc3339),
    });
    transaction.record(event.with_change(change)).await?;
    Ok((key, secret))
}

/// The bounds that follow from the actor. A key is locked, so that it is not revoked meanwhile.
async fn ceiling(transaction: &mut Transaction) -> Result<Ceiling, ActionError> {
    let Actor::Key(actor) = transaction.actor().clone() else {
        return Ceiling::of_person(transaction.actor());
    };
    let key = Key::locked(transaction, actor.id).await?;
    Ceiling::of_key(&actor, &key.ok_or_else(|| not_found(actor.id))?)
}

/// All filters of a new key. What a key with a filter writes would be answered with rooms that it
/// may not read, so such a key only searches.
fn filters(
    inherited: Vec<String>,
    own: Option<String>,
    scopes: &BTreeSet<Scope>,
) -> Result<Vec<String>, ActionError> {
    let own = own.map(|own| text::line("filter", &own, 1..=FILTER_CHARS_MAX));
    let mut filters = inherited;
    filters.extend(own.transpose()?);
    if filters.len() > FILTERS_MAX {
        let reason = format!("a key has at most {FILTERS_MAX} filters with those of its ancestors");
        return Err(ActionError::conflict(reason));
    }
    if let Some(filter) = filters.last()
        && *scopes != BTreeSet::from([Scope::Search])
    {
        let expected = "absent unless search is the only scope";
        return Err(ActionError::invalid("filter", filter, expected));
    }
    Ok(filters)
}

/// Checks that a user exists and may have a key with these scopes.
async fn check_user(
    transaction: &mut Transaction,
    user: Uuid,
    scopes: &BTreeSet<Scope>,
) -> Result<(), ActionError> {
    let role = sqlx::query_scalar!(
        "SELECT role FROM users WHERE id = $1 AND disabled_at IS NULL FOR SHARE",
        user
    )
    .fetch_optional(transaction.sql())
    .await?;
    let expected = "the id of a user who is not disabled";
    let role = role.ok_or_else(|| ActionError::invalid("user_id", user, expected))?;
    let allowed = scopes_of(role.parse::<Role>().map_err(ActionError::internal)?);
    match scopes.iter().find(|scope| !allowed.contains(scope)) {
        None => Ok(()),
        Some(scope) => {
            let names: Vec<&str> = allowed.iter().map(|scope| scope.as_str()).collect();
            let expected = match names.is_empty() {
                true => format!("absent: users of the role {role} have no API keys"),
                false => format!(
                    "of {}, which keys of the role {role} can have",
                    names.join(", ")
                ),
            };
            Err(ActionError::invalid("scopes", scope, expected))
        }
    }
}

/// Checks that a key or a user does not have too many usable keys. Those of the service itself are
/// not limited.
async fn check_count(
    transaction: &mut Transaction,
    parent_id: Option<Uuid>,
    user_id: Option<Uuid>,
) -> Result<(), ActionError> {
    if parent_id.is_none() && user_id.is_none() {
        return Ok(());
    }
    let count = sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM api_keys
        WHERE parent_id IS NOT DISTINCT FROM $1 AND ($1 IS NOT NULL OR user_id = $2)
            AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
        "#,
        parent_id,
        user_id
    )
    .fetch_one(transaction.sql())
    .await?;
    match count < KEYS_MAX {
        true => Ok(()),
        false => Err(ActionError::conflict(format!(
            "there are {KEYS_MAX} usable keys already; revoke one first"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_adds_to_those_that_a_key_inherits_and_only_keys_that_search_have_one() {
        let search = BTreeSet::from([Scope::Search]);
        let inherited = vec!["city:Mumbai".to_owned()];
        let own = Some(" price<=900 ".to_owned());
        let both = filters(inherited.clone(), own.clone(), &search).unwrap();
        assert_eq!(both, ["city:Mumbai", "price<=900"]);
        assert_eq!(
            filters(inherited.clone(), None, &search).unwrap(),
            inherited
        );
        let writes = BTreeSet::from([Scope::Search, Scope::RoomsWrite]);
        for scopes in [writes, BTreeSet::from([Scope::MetricsRead])] {
            assert!(filters(Vec::new(), own.clone(), &scopes).is_err());
        }
        let many = vec!["city:Mumbai".to_owned(); 5];
        assert!(filters(many, own, &search).is_err());
        assert!(filters(Vec::new(), Some(String::new()), &search).is_err());
    }
}
