//! What a new key may be at most, which follows from its creator.

use std::collections::BTreeSet;

use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use super::access::{no_keys, scopes_of};
use super::key::Key;
use crate::action::actor::{Actor, KeyActor, Role, Scope};
use crate::action::error::ActionError;
use crate::fields::time::rfc3339;

/// The limit of a key that names none, and the highest one of the keys of users.
pub(super) const REQUESTS_PER_MINUTE_DEFAULT: u32 = 600;

/// The highest limit, as in the table.
const REQUESTS_PER_MINUTE_MAX: u32 = 1_000_000;

/// Each authentication reads all of them.
const ANCESTORS_MAX: usize = 4;

/// Upper bounds of a new key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ceiling {
    scopes: BTreeSet<Scope>,
    expires_at: Option<DateTime<Utc>>,
    requests_per_minute: u32,
    /// The limit of a key that names none.
    requests_per_minute_default: u32,
    /// Filters that the key has in any case.
    pub(super) filters: Vec<String>,
    /// The user for whom the key acts in any case.
    pub(super) user_id: Option<Uuid>,
    /// Whether the creator may name such a user.
    may_name_user: bool,
    /// The keys that the key descends from, the first one first.
    pub(super) ancestors: Vec<Uuid>,
}

impl Ceiling {
    /// The bounds of what an actor who is not a key may create.
    ///
    /// # Errors
    ///
    /// `Unauthenticated` for an anonymous caller, `Forbidden` for a user whose role has no keys and
    /// for a key.
    pub(super) fn of_person(actor: &Actor) -> Result<Self, ActionError> {
        let all = Self {
            scopes: Scope::ALL.iter().copied().collect(),
            expires_at: None,
            requests_per_minute: REQUESTS_PER_MINUTE_MAX,
            requests_per_minute_default: REQUESTS_PER_MINUTE_DEFAULT,
            filters: Vec::new(),
            user_id: None,
            may_name_user: true,
            ancestors: Vec::new(),
        };
        match actor {
            Actor::System => Ok(all),
            Actor::User(user) if user.role == Role::Admin => Ok(all),
            Actor::User(user) if scopes_of(user.role).is_empty() => Err(no_keys(user.role)),
            Actor::User(user) => Ok(Self {
                scopes: scopes_of(user.role).iter().copied().collect(),
                requests_per_minute: REQUESTS_PER_MINUTE_DEFAULT,
                user_id: Some(user.id),
                may_name_user: false,
                ..all
            }),
            Actor::Anonymous => Err(ActionError::sign_in_required()),
            Actor::Key(_) => Err(ActionError::forbidden("only a person can do this")),
        }
    }

    /// The bounds of what a key may create, which is narrower than itself.
    ///
    /// # Errors
    ///
    /// `Conflict` for a key that is revoked, has expired, or descends from too many others.
    pub(super) fn of_key(actor: &KeyActor, key: &Key) -> Result<Self, ActionError> {
        key.check_usable()?;
        if key.ancestors.len() == ANCESTORS_MAX {
            let reason = format!("a key that descends from {ANCESTORS_MAX} others creates none");
            return Err(ActionError::conflict(reason));
        }
        let is_admin = actor.scopes.contains(&Scope::Admin);
        let mut ancestors = key.ancestors.clone();
        ancestors.push(key.id);
        Ok(Self {
            scopes: match is_admin {
                true => Scope::ALL.iter().copied().collect(),
                false => actor.scopes.clone(),
            },
            expires_at: key.expires_at,
            requests_per_minute: key.requests_per_minute,
            requests_per_minute_default: key.requests_per_minute,
            filters: key.filters.clone(),
            user_id: key.user_id,
            may_name_user: is_admin && key.user_id.is_none(),
            ancestors,
        })
    }

    /// The scopes of a new key.
    pub(super) fn scopes(&self, requested: &[Scope]) -> Result<BTreeSet<Scope>, ActionError> {
        let joined = |scopes: &mut dyn Iterator<Item = &Scope>| {
            let names = scopes.map(|scope| scope.as_str());
            names.collect::<Vec<_>>().join(", ")
        };
        let expected = || match self.scopes.is_empty() {
            true => "absent: this key has no scope any more".to_owned(),
            false => format!(
                "one or more of {}, which its creator has",
                joined(&mut self.scopes.iter())
            ),
        };
        let wider = |scope: &&Scope| !self.scopes.contains(scope);
        if requested.is_empty() || requested.iter().any(|scope| wider(&scope)) {
            let value = joined(&mut requested.iter());
            return Err(ActionError::invalid("scopes", value, expected()));
        }
        Ok(requested.iter().copied().collect())
    }

    /// The expiry of a new key: by default that of its creator.
    pub(super) fn expires_at(
        &self,
        requested: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, ActionError> {
        let Some(at) = requested else {
            return Ok(self.expires_at);
        };
        if self.expires_at.is_some_and(|max| at > max) {
            let max = self.expires_at.map(rfc3339).unwrap_or_default();
            let expected = format!("at most {max}, when its creator expires");
            return Err(ActionError::invalid("expires_at", rfc3339(at), expected));
        }
        if at <= now {
            let expected = "a time to come, or absent for a key that does not expire";
            return Err(ActionError::invalid("expires_at", rfc3339(at), expected));
        }
        Ok(Some(at))
    }

    /// The limit of a new key.
    pub(super) fn requests_per_minute(&self, requested: Option<u32>) -> Result<u32, ActionError> {
        let limit = requested.unwrap_or(self.requests_per_minute_default);
        if (1..=self.requests_per_minute).contains(&limit) {
            return Ok(limit);
        }
        let expected = format!("a whole number from 1 to {}", self.requests_per_minute);
        Err(ActionError::invalid("requests_per_minute", limit, expected))
    }

    /// The user for whom a new key acts.
    pub(super) fn user_id(&self, requested: Option<Uuid>) -> Result<Option<Uuid>, ActionError> {
        match requested {
            None => Ok(self.user_id),
            Some(user) if self.may_name_user || self.user_id == Some(user) => Ok(Some(user)),
            Some(_) => {
                let reason = "only an admin creates keys that act for another user";
                Err(ActionError::forbidden(reason))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::actor::UserActor;
    use crate::fields::time::parse_rfc3339;

    fn time(text: &str) -> DateTime<Utc> {
        parse_rfc3339(text).unwrap()
    }

    fn user(role: Role) -> Actor {
        Actor::User(UserActor {
            id: Uuid::from_u128(1),
            role,
            university: None,
            session: Uuid::from_u128(2),
        })
    }

    fn key(scopes: &[Scope]) -> (KeyActor, Key) {
        let scopes: BTreeSet<Scope> = scopes.iter().copied().collect();
        let actor = KeyActor {
            id: Uuid::from_u128(9),
            scopes: scopes.clone(),
            ..KeyActor::default()
        };
        let key = Key {
            id: actor.id,
            prefix: "roost_live_aaaaaaaaaa".to_owned(),
            name: "partner".to_owned(),
            scopes,
            filters: vec!["city:Mumbai".to_owned()],
            requests_per_minute: 100,
            user_id: None,
            parent_id: None,
            created_at: time("2026-12-01T00:00:00Z"),
            expires_at: Some(time("2100-01-01T00:00:00Z")),
            revoked_at: None,
            last_used_at: None,
            ancestors: Vec::new(),
        };
        (actor, key)
    }

    #[test]
    fn a_user_creates_keys_with_scopes_of_its_role_for_itself() {
        let landlord = Ceiling::of_person(&user(Role::Landlord)).unwrap();
        assert!(landlord.scopes(&[Scope::RoomsWrite, Scope::Search]).is_ok());
        for wider in [Scope::VenuesWrite, Scope::Admin, Scope::MetricsRead] {
            let error = landlord.scopes(&[wider]).unwrap_err().to_string();
            assert!(
                error.starts_with("scopes must be one or more of search"),
                "{error}"
            );
        }
        assert_eq!(landlord.user_id(None).unwrap(), Some(Uuid::from_u128(1)));
        assert!(landlord.user_id(Some(Uuid::from_u128(3))).is_err());
        assert!(landlord.requests_per_minute(Some(601)).is_err());
        assert!(landlord.scopes(&[]).is_err());
        for none in [user(Role::Student), Actor::Anonymous] {
            assert!(Ceiling::of_person(&none).is_err(), "{none:?}");
        }
        let admin = Ceiling::of_person(&user(Role::Admin)).unwrap();
        assert!(admin.scopes(&[Scope::Admin]).is_ok());
        assert_eq!(admin.user_id(None).unwrap(), None);
        assert_eq!(admin.requests_per_minute(None).unwrap(), 600);
        assert!(admin.requests_per_minute(Some(0)).is_err());
    }

    #[test]
    fn no_dimension_of_a_key_exceeds_the_key_that_creates_it() {
        let (actor, key) = key(&[Scope::Search]);
        let ceiling = Ceiling::of_key(&actor, &key).unwrap();
        let now = time("2026-12-01T00:00:00Z");
        assert!(ceiling.scopes(&[Scope::Search, Scope::RoomsWrite]).is_err());
        assert!(ceiling.requests_per_minute(Some(101)).is_err());
        assert_eq!(ceiling.requests_per_minute(None).unwrap(), 100);
        let later = Some(time("2100-01-01T00:00:01Z"));
        assert!(ceiling.expires_at(later, now).is_err());
        assert!(ceiling.expires_at(Some(now), now).is_err());
        assert_eq!(ceiling.expires_at(None, now).unwrap(), key.expires_at);
        assert!(ceiling.user_id(Some(Uuid::from_u128(3))).is_err());
        assert_eq!(ceiling.filters, key.filters);
        assert_eq!(ceiling.ancestors, [key.id]);
    }

    #[test]
    fn a_key_that_has_ended_or_descends_from_many_creates_none() {
        let (actor, usable) = key(&[Scope::Search]);
        let revoked = Key {
            revoked_at: Some(usable.created_at),
            ..usable.clone()
        };
        let expired = Key {
            expires_at: Some(time("2020-01-01T00:00:00Z")),
            ..usable.clone()
        };
        let deep = Key {
            ancestors: (0..4).map(Uuid::from_u128).collect(),
            ..usable
        };
        for ended in [revoked, expired, deep] {
            let error = Ceiling::of_key(&actor, &ended).unwrap_err();
            assert!(matches!(error, ActionError::Conflict(_)), "{error}");
        }
    }

    #[test]
    fn an_admin_key_creates_keys_of_every_scope_that_may_act_for_a_user() {
        let (actor, mut key) = key(&[Scope::Admin]);
        key.filters.clear();
        let ceiling = Ceiling::of_key(&actor, &key).unwrap();
        assert!(ceiling.scopes(Scope::ALL).is_ok());
        assert!(ceiling.user_id(Some(Uuid::from_u128(3))).is_ok());
    }
}
