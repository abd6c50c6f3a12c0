//! Who may see and write what belongs to a university.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::action::actor::{Actor, Role, Scope};
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;

/// Checks that the actor is known. Universities, sessions and venues are no secret among those who
/// have signed in.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller.
pub(super) fn require_signed_in(actor: &Actor) -> Result<(), ActionError> {
    match actor {
        Actor::Anonymous => Err(ActionError::sign_in_required()),
        _ => Ok(()),
    }
}

/// Checks that the actor may write what belongs to a university, or to none: an admin, the system,
/// an official of that university, or a key with the scope `venues:write`; of an official, as that
/// one.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller, `Forbidden` for the others.
pub(super) fn require_manager(actor: &Actor, university: Option<Uuid>) -> Result<(), ActionError> {
    actor.require_scope(Scope::VenuesWrite)?;
    if *actor == Actor::Anonymous {
        return Err(ActionError::sign_in_required());
    }
    match actor.role() {
        None | Some((Role::Admin, _)) => Ok(()),
        Some((Role::Official, own)) if own.is_some() && own == university => Ok(()),
        Some((Role::Official, _)) => {
            let reason = "an official does this for its own university only";
            Err(ActionError::forbidden(reason))
        }
        Some((role @ (Role::Student | Role::Landlord), _)) => {
            let reason = format!("only officials and admins can do this, not a {role}");
            Err(ActionError::forbidden(reason))
        }
    }
}

/// Checks that the actor writes for every university.
///
/// # Errors
///
/// `Unauthenticated` for an anonymous caller; `Forbidden` for an official and the others.
pub(super) fn require_manager_of_all(actor: &Actor) -> Result<(), ActionError> {
    if own_university(actor).is_some() {
        let reason = "only admins can do this, not an official";
        return Err(ActionError::forbidden(reason));
    }
    require_manager(actor, None)
}

/// The university of an official.
pub(super) fn own_university(actor: &Actor) -> Option<Uuid> {
    match actor.role() {
        Some((Role::Official, university)) => university,
        _ => None,
    }
}

/// Checks that a university exists and is active, because an inactive one gets nothing new.
///
/// # Errors
///
/// `Invalid` for a university that does not exist, `Conflict` for an inactive one.
pub(super) async fn require_active(
    transaction: &mut Transaction,
    university: Uuid,
) -> Result<(), ActionError> {
    let status = sqlx::query_scalar!(
        "SELECT status FROM universities WHERE id = $1 FOR SHARE",
        university
    )
    .fetch_optional(transaction.sql())
    .await?;
    match status.as_deref() {
        Some("active") => Ok(()),
        Some(_) => Err(ActionError::conflict("the university is inactive")),
        None => {
            let expected = "the id of a university";
            Err(ActionError::invalid("university_id", university, expected))
        }
    }
}

/// The fields whose values differ from those before.
pub(super) fn changed(before: &Map<String, Value>, after: Map<String, Value>) -> Value {
    let changed = after.into_iter();
    Value::Object(
        changed
            .filter(|(name, value)| before.get(name) != Some(value))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::action::actor::{KeyActor, KeyOwner, UserActor};

    const OWN: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn user(role: Role, university: Option<Uuid>) -> Actor {
        Actor::User(UserActor {
            id: Uuid::from_u128(7),
            role,
            university,
            session: Uuid::from_u128(8),
        })
    }

    fn key(scope: Scope) -> Actor {
        Actor::Key(KeyActor {
            id: Uuid::from_u128(9),
            scopes: BTreeSet::from([scope]),
            ..KeyActor::default()
        })
    }

    /// A key of an official.
    fn official_key(university: Option<Uuid>, scope: Scope) -> Actor {
        Actor::Key(KeyActor {
            scopes: BTreeSet::from([scope]),
            owner: Some(KeyOwner {
                id: Uuid::from_u128(7),
                role: Role::Official,
                university,
            }),
            ..KeyActor::default()
        })
    }

    #[test]
    fn an_official_writes_for_its_university_and_admins_and_keys_for_every_one() {
        let official = user(Role::Official, Some(OWN));
        let official_key = |scope| official_key(Some(OWN), scope);
        for actor in [&official, &official_key(Scope::VenuesWrite)] {
            assert!(require_manager(actor, Some(OWN)).is_ok());
            assert_eq!(own_university(actor), Some(OWN));
        }
        for actor in [
            official,
            official_key(Scope::VenuesWrite),
            official_key(Scope::Search),
            user(Role::Official, None),
            user(Role::Student, None),
            user(Role::Landlord, None),
            key(Scope::RoomsWrite),
        ] {
            for university in [Some(OTHER), None] {
                let error = require_manager(&actor, university).unwrap_err();
                assert!(matches!(error, ActionError::Forbidden(_)), "{actor:?}");
            }
            let error = require_manager_of_all(&actor).unwrap_err();
            assert!(matches!(error, ActionError::Forbidden(_)), "{actor:?}");
        }
        for actor in [
            user(Role::Admin, None),
            key(Scope::VenuesWrite),
            key(Scope::Admin),
            Actor::System,
        ] {
            assert!(require_manager(&actor, Some(OTHER)).is_ok(), "{actor:?}");
            assert!(require_manager_of_all(&actor).is_ok(), "{actor:?}");
        }
        let error = require_manager(&Actor::Anonymous, Some(OWN)).unwrap_err();
        assert!(matches!(error, ActionError::Unauthenticated(_)));
    }
}
