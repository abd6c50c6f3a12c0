//! The parties of an offer, a contract or a payment.

use uuid::Uuid;

use crate::action::actor::{Actor, Role, Scope};
use crate::action::error::ActionError;

/// On which side of an offer or a contract an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Party {
    /// The student of the request.
    Student,
    /// The landlord of the room.
    Landlord,
    /// An admin, or a key with the scope `admin`.
    Admin,
    /// Roost itself.
    System,
}

impl Party {
    /// The name in Postgres and JSON.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Landlord => "landlord",
            Self::Admin => "admin",
            Self::System => "system",
        }
    }

    /// The side of an actor; `None` for an actor that is on neither.
    ///
    /// # Errors
    ///
    /// `Unauthenticated` for an anonymous caller; `Forbidden` for a key without the scope `admin`,
    /// because offers and contracts bind people.
    pub(super) fn of(
        actor: &Actor,
        student: Uuid,
        landlord_user: Uuid,
    ) -> Result<Option<Self>, ActionError> {
        match actor {
            Actor::Anonymous => Err(ActionError::sign_in_required()),
            Actor::System => Ok(Some(Self::System)),
            Actor::Key(_) => actor
                .require_scope(Scope::Admin)
                .map(|()| Some(Self::Admin)),
            Actor::User(user) if user.id == student => Ok(Some(Self::Student)),
            Actor::User(user) if user.id == landlord_user => Ok(Some(Self::Landlord)),
            Actor::User(user) => Ok((user.role == Role::Admin).then_some(Self::Admin)),
        }
    }

    /// Checks that the party is one of those that may do something.
    ///
    /// # Errors
    ///
    /// `Forbidden` for another party.
    pub(super) fn require(self, allowed: &[Self], action: &str) -> Result<(), ActionError> {
        if allowed.contains(&self) {
            return Ok(());
        }
        let names: Vec<&str> = allowed.iter().map(|party| party.as_str()).collect();
        let reason = format!("only the {} can {action}", names.join(" or "));
        Err(ActionError::forbidden(reason))
    }
}

/// Whose rows an actor may list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// Those of everyone.
    All,
    /// Those of a student.
    OfStudent(Uuid),
    /// Those of the landlord who is this user.
    OfLandlordUser(Uuid),
}

/// Which rows with a status of this type to list.
pub(super) struct Selection<Status> {
    pub(super) listed: Listed,
    pub(super) request_id: Option<Uuid>,
    pub(super) status: Option<Status>,
    pub(super) after: Option<Uuid>,
    pub(super) limit: u32,
}

impl Listed {
    /// What the actor may list.
    ///
    /// # Errors
    ///
    /// As [`Party::of`]; `Forbidden` for an official as well, who has no offers and contracts.
    pub(super) fn by(actor: &Actor) -> Result<Self, ActionError> {
        if let Actor::User(user) = actor {
            match user.role {
                Role::Student => return Ok(Self::OfStudent(user.id)),
                Role::Landlord => return Ok(Self::OfLandlordUser(user.id)),
                Role::Official | Role::Admin => {}
            }
        }
        actor.require_admin().map(|()| Self::All)
    }

    /// The student and the user of the landlord to filter by.
    pub(super) fn filter(self) -> (Option<Uuid>, Option<Uuid>) {
        match self {
            Self::All => (None, None),
            Self::OfStudent(id) => (Some(id), None),
            Self::OfLandlordUser(id) => (None, Some(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::actor::{KeyActor, UserActor};

    fn user(id: u128, role: Role) -> Actor {
        Actor::User(UserActor {
            id: Uuid::from_u128(id),
            role,
            university: None,
            session: Uuid::nil(),
        })
    }

    #[test]
    fn a_user_is_a_party_by_its_id_and_an_admin_by_its_role() {
        let of = |actor: &Actor| Party::of(actor, Uuid::from_u128(1), Uuid::from_u128(2));
        let is = |actor, party| assert_eq!(of(&actor).unwrap(), party, "{actor:?}");
        is(user(1, Role::Student), Some(Party::Student));
        is(user(2, Role::Landlord), Some(Party::Landlord));
        is(user(3, Role::Admin), Some(Party::Admin));
        is(user(3, Role::Student), None);
        is(user(3, Role::Official), None);
        is(Actor::System, Some(Party::System));
        assert!(of(&Actor::Anonymous).is_err());
        assert!(of(&Actor::Key(KeyActor::default())).is_err());
    }

    #[test]
    fn a_party_that_may_not_act_reads_who_may() {
        let error = Party::Landlord.require(&[Party::Student], "accept the offer");
        assert_eq!(
            error.unwrap_err().to_string(),
            "only the student can accept the offer"
        );
    }
}
