//! Who may see and manage which keys.

use uuid::Uuid;

use crate::action::actor::{Actor, Role, Scope};
use crate::action::error::ActionError;

/// The keys that an actor sees. It may rotate and revoke each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visible {
    /// All keys.
    All,
    /// Those that act for a user.
    OfUser(Uuid),
    /// One, and those that descend from it.
    OfKey(Uuid),
}

/// The scopes that a key of a user may have, by the role of the user. Students have no service that
/// would call for them.
pub(super) fn scopes_of(role: Role) -> &'static [Scope] {
    match role {
        Role::Student => &[],
        Role::Landlord => &[Scope::Search, Scope::RoomsWrite, Scope::FeedRead],
        Role::Official => &[Scope::Search, Scope::VenuesWrite],
        Role::Admin => Scope::ALL,
    }
}

impl Visible {
    /// The keys that an actor sees.
    ///
    /// # Errors
    ///
    /// `Unauthenticated` for an anonymous caller, `Forbidden` for a user whose role has no keys.
    pub(super) fn to(actor: &Actor) -> Result<Self, ActionError> {
        match actor {
            Actor::Anonymous => Err(ActionError::sign_in_required()),
            Actor::User(user) if scopes_of(user.role).is_empty() => Err(no_keys(user.role)),
            actor if actor.require_admin().is_ok() => Ok(Self::All),
            Actor::User(user) => Ok(Self::OfUser(user.id)),
            Actor::Key(key) => Ok(Self::OfKey(key.id)),
            Actor::System => Ok(Self::All),
        }
    }
}

pub(super) fn no_keys(role: Role) -> ActionError {
    ActionError::forbidden(format!("users of the role {role} have no API keys"))
}

/// The error for a key that does not exist or that the actor may not see.
pub(super) fn not_found(id: Uuid) -> ActionError {
    ActionError::not_found("id", id, "the id of a key of yours")
}
