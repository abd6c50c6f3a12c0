//! The states of an offer.

use std::fmt;
use std::str::FromStr;

use crate::action::error::ActionError;

/// A state in the life of an offer. All but `open` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The student can accept it.
    Open,
    /// The student has accepted it.
    Accepted,
    /// The student has declined it, or its request was closed.
    Declined,
    /// The landlord has withdrawn it.
    Withdrawn,
    /// It was not answered in time.
    Expired,
}

impl Status {
    /// All states.
    pub const ALL: [Self; 5] = [
        Self::Open,
        Self::Accepted,
        Self::Declined,
        Self::Withdrawn,
        Self::Expired,
    ];

    /// The name in Postgres and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }

    /// The kind of the event by which an offer gets this state.
    pub(super) fn event(self) -> &'static str {
        match self {
            Self::Open => "offer.made",
            Self::Accepted => "offer.accepted",
            Self::Declined => "offer.declined",
            Self::Withdrawn => "offer.withdrawn",
            Self::Expired => "offer.expired",
        }
    }

    /// Checks that the offer can become another state.
    ///
    /// # Errors
    ///
    /// `Conflict` for an offer that is not open.
    pub(in crate::pool) fn require_open(self, to: Self) -> Result<(), ActionError> {
        if self == Self::Open {
            return Ok(());
        }
        Err(ActionError::conflict(format!(
            "the offer is {self} and cannot become {to}: only an open offer can"
        )))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Status {
    type Err = ActionError;

    fn from_str(name: &str) -> Result<Self, ActionError> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            ActionError::invalid("status", name, format!("one of {names}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_offer_changes_its_state() {
        for from in Status::ALL {
            let allowed = from.require_open(Status::Accepted);
            assert_eq!(allowed.is_ok(), from == Status::Open, "{from}");
            assert_eq!(from.as_str().parse::<Status>().unwrap(), from);
        }
        let error = Status::Expired.require_open(Status::Accepted).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the offer is expired and cannot become accepted: only an open offer can"
        );
        assert!("held".parse::<Status>().is_err());
    }
}
