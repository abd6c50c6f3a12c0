//! Actors: who requests an action, and with which rights.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::action::error::ActionError;

/// Who requests an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A caller that has not signed in.
    Anonymous,
    /// A signed-in user.
    User(UserActor),
    /// A service with an API key.
    Key(KeyActor),
    /// Roost itself, or an operator at its command line, who may do everything.
    System,
}

/// A signed-in user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserActor {
    /// The id of the user.
    pub id: Uuid,
    /// The current role.
    pub role: Role,
    /// The university of an official; `None` for an official of none, and for other roles.
    pub university: Option<Uuid>,
    /// The session in which the request is sent.
    pub session: Uuid,
}

/// A service with an API key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyActor {
    /// The id of the key.
    pub id: Uuid,
    /// What the key may do.
    pub scopes: BTreeSet<Scope>,
    /// The user for whom the key acts; `None` for a service that acts for itself.
    pub owner: Option<KeyOwner>,
    /// Filters of rooms: the key reads only rooms that pass all of them. Rooms are not restricted
    /// if there are none.
    pub filters: Vec<String>,
    /// The limits of the key and of those that it descends from, its own first.
    pub limits: Vec<KeyLimit>,
}

/// The user for whom a key acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOwner {
    /// The id of the user.
    pub id: Uuid,
    /// The current role.
    pub role: Role,
    /// The university of an official.
    pub university: Option<Uuid>,
}

/// How often a key and its descendants together may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLimit {
    /// The id of the key.
    pub key: Uuid,
    /// Requests a minute, at least 1.
    pub requests_per_minute: u32,
}

/// What a user does in the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Searches rooms and posts requests.
    Student,
    /// Lets rooms.
    Landlord,
    /// Manages the sessions and venues of one university.
    Official,
    /// Manages everything.
    Admin,
}

/// One right of an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Searches.
    Search,
    /// Creates and changes rooms.
    RoomsWrite,
    /// Creates and changes universities, exam sessions, venues and assignments.
    VenuesWrite,
    /// Creates and changes rental requests.
    RequestsWrite,
    /// Reads feeds of landlords.
    FeedRead,
    /// Reads metrics.
    MetricsRead,
    /// Everything.
    Admin,
}

/// A name that is none of those that a role or scope can have.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not one of {}", known.join(", "))]
pub struct UnknownName {
    /// The unknown name.
    pub name: String,
    /// The names that exist.
    pub known: Vec<&'static str>,
}

impl Actor {
    /// The signed-in user.
    ///
    /// # Errors
    ///
    /// `Unauthenticated` for an anonymous caller, and `Forbidden` for a key and the system, which
    /// are no user.
    pub fn user(&self) -> Result<&UserActor, ActionError> {
        match self {
            Self::User(user) => Ok(user),
            Self::Anonymous => Err(ActionError::sign_in_required()),
            Self::Key(_) | Self::System => Err(ActionError::forbidden("only a user can do this")),
        }
    }

    /// The signed-in user of a role.
    ///
    /// # Errors
    ///
    /// As [`Actor::user`], and `Forbidden` for a user of another role.
    pub fn user_of(&self, role: Role) -> Result<&UserActor, ActionError> {
        let user = self.user()?;
        if user.role == role {
            return Ok(user);
        }
        Err(ActionError::forbidden(format!(
            "only a user of the role {role} can do this, not one of the role {}",
            user.role
        )))
    }

    /// The user of a role for whom the actor acts: the signed-in user, or the owner of a key with
    /// this scope.
    ///
    /// # Errors
    ///
    /// As [`Actor::user_of`], and `Forbidden` for a key without the scope or such an owner.
    pub fn acts_for(&self, role: Role, scope: Scope) -> Result<Uuid, ActionError> {
        let Self::Key(key) = self else {
            return self.user_of(role).map(|user| user.id);
        };
        self.require_scope(scope)?;
        let owner = key.owner.as_ref().filter(|owner| owner.role == role);
        let reason = || format!("only a user of the role {role} and its API keys can do this");
        owner
            .map(|owner| owner.id)
            .ok_or_else(|| ActionError::forbidden(reason()))
    }

    /// Checks that the actor manages everything: an admin, a key with the scope `admin`, or the
    /// system.
    ///
    /// # Errors
    ///
    /// `Unauthenticated` for an anonymous caller, `Forbidden` for the others.
    pub fn require_admin(&self) -> Result<(), ActionError> {
        match self {
            Self::System => Ok(()),
            Self::Anonymous => Err(ActionError::sign_in_required()),
            Self::User(_) => self.user_of(Role::Admin).map(|_| ()),
            Self::Key(_) => self.require_scope(Scope::Admin),
        }
    }

    /// Checks that a key has a scope. Says nothing about other actors, whose rights follow from
    /// their role.
    ///
    /// # Errors
    ///
    /// `Forbidden` for a key without the scope.
    pub fn require_scope(&self, scope: Scope) -> Result<(), ActionError> {
        match self {
            Self::Key(key)
                if !key.scopes.contains(&scope) && !key.scopes.contains(&Scope::Admin) =>
            {
                Err(ActionError::forbidden(format!(
                    "the API key lacks the scope {scope}"
                )))
            }
            _ => Ok(()),
        }
    }

    /// The role of the user for whom the actor acts, with the university of an official: that of
    /// the signed-in user, or of the owner of a key; `None` for an actor that acts for no user.
    pub fn role(&self) -> Option<(Role, Option<Uuid>)> {
        match self {
            Self::User(user) => Some((user.role, user.university)),
            Self::Key(key) => {
                let owner = key.owner.as_ref();
                owner.map(|owner| (owner.role, owner.university))
            }
            Self::Anonymous | Self::System => None,
        }
    }

    /// The user without all rights for whom the actor acts, whose rows alone it may write; `None`
    /// for an actor that may write those of everyone, as far as its scopes allow.
    pub(crate) fn limited_to(&self) -> Option<Uuid> {
        match self {
            Self::User(user) => Some(user.id).filter(|_| user.role != Role::Admin),
            Self::Key(key) => {
                let owner = key.owner.as_ref().filter(|owner| owner.role != Role::Admin);
                owner.map(|owner| owner.id)
            }
            Self::Anonymous | Self::System => None,
        }
    }

    /// The kind and id of the actor of an event.
    pub(crate) fn in_events(&self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::Anonymous => ("anonymous", None),
            Self::User(user) => ("user", Some(user.id)),
            Self::Key(key) => ("key", Some(key.id)),
            Self::System => ("system", None),
        }
    }
}

/// Gives an enum the names under which Postgres and JSON know its values.
macro_rules! named {
    ($type:ident { $($value:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The name in Postgres and JSON.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $name),+
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(name: &str) -> Result<Self, UnknownName> {
                let found = Self::ALL.iter().find(|value| value.as_str() == name);
                found.copied().ok_or_else(|| UnknownName {
                    name: name.to_owned(),
                    known: Self::ALL.iter().map(|value| value.as_str()).collect(),
                })
            }
        }
    };
}

named!(Role {
    Student = "student",
    Landlord = "landlord",
    Official = "official",
    Admin = "admin",
});

named!(Scope {
    Search = "search",
    RoomsWrite = "rooms:write",
    VenuesWrite = "venues:write",
    RequestsWrite = "requests:write",
    FeedRead = "feed:read",
    MetricsRead = "metrics:read",
    Admin = "admin",
});

#[cfg(test)]
mod tests {
    use super::*;

    fn user(role: Role) -> Actor {
        Actor::User(UserActor {
            id: Uuid::from_u128(1),
            role,
            university: None,
            session: Uuid::from_u128(2),
        })
    }

    fn key(scopes: &[Scope]) -> Actor {
        Actor::Key(KeyActor {
            id: Uuid::from_u128(1),
            scopes: scopes.iter().copied().collect(),
            ..KeyActor::default()
        })
    }

    #[test]
    fn only_an_admin_an_admin_key_and_the_system_manage_everything() {
        for actor in [user(Role::Admin), key(&[Scope::Admin]), Actor::System] {
            assert!(actor.require_admin().is_ok(), "{actor:?}");
        }
        for actor in [
            user(Role::Student),
            user(Role::Official),
            key(&[Scope::RoomsWrite]),
        ] {
            let error = actor.require_admin().unwrap_err();
            assert!(matches!(error, ActionError::Forbidden(_)), "{actor:?}");
        }
        let error = Actor::Anonymous.require_admin().unwrap_err();
        assert!(matches!(error, ActionError::Unauthenticated(_)));
    }

    #[test]
    fn a_key_does_what_its_scopes_name_and_an_admin_key_everything() {
        let rooms = key(&[Scope::RoomsWrite]);
        assert!(rooms.require_scope(Scope::RoomsWrite).is_ok());
        assert!(rooms.require_scope(Scope::VenuesWrite).is_err());
        assert!(
            key(&[Scope::Admin])
                .require_scope(Scope::VenuesWrite)
                .is_ok()
        );
        assert!(rooms.user().is_err());
    }

    #[test]
    fn a_key_acts_for_its_owner_alone_unless_that_is_an_admin() {
        let owned = |role| {
            Actor::Key(KeyActor {
                scopes: [Scope::RoomsWrite].into(),
                owner: Some(KeyOwner {
                    id: Uuid::from_u128(7),
                    role,
                    university: None,
                }),
                ..KeyActor::default()
            })
        };
        let (landlord, scope) = (owned(Role::Landlord), Scope::RoomsWrite);
        let id = Uuid::from_u128(7);
        assert_eq!(landlord.acts_for(Role::Landlord, scope).unwrap(), id);
        assert_eq!(landlord.limited_to(), Some(id));
        assert_eq!(landlord.role(), Some((Role::Landlord, None)));
        assert_eq!(key(&[Scope::Admin]).role(), None);
        for (actor, role, scope) in [
            (&landlord, Role::Official, Scope::RoomsWrite),
            (&landlord, Role::Landlord, Scope::FeedRead),
            (&key(&[Scope::Admin]), Role::Landlord, Scope::RoomsWrite),
            (&user(Role::Student), Role::Landlord, Scope::RoomsWrite),
        ] {
            let error = actor.acts_for(role, scope).unwrap_err();
            assert!(matches!(error, ActionError::Forbidden(_)), "{actor:?}");
        }
        assert_eq!(owned(Role::Admin).limited_to(), None);
        assert_eq!(key(&[Scope::Admin]).limited_to(), None);
    }

    #[test]
    fn names_read_back_and_an_unknown_one_is_reported_with_those_that_exist() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(*role));
        }
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(*scope));
        }
        let error = "tenant".parse::<Role>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"tenant\" is not one of student, landlord, official, admin"
        );
    }
}
