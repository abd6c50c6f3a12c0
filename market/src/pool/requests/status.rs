//! The states of a rental request, and the steps between them.

use std::fmt;
use std::str::FromStr;

use crate::action::error::ActionError;
use crate::pool::offers::Closing;

/// A state in the life of a rental request. Only an active one is found by searches and matched
/// with landlords. The others are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Landlords find it.
    Active,
    /// It has led to a room.
    Matched,
    /// Its time has passed.
    Expired,
    /// The student does not need the room any more.
    Cancelled,
}

/// A step from active to a final state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The student has accepted an offer.
    Match,
    /// Roost closes a request whose time has passed.
    Expire,
    /// The student, or an admin, cancels it.
    Cancel,
}

impl Status {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Active, Self::Matched, Self::Expired, Self::Cancelled];

    /// The name in Postgres and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Matched => "matched",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state after a step.
    ///
    /// # Errors
    ///
    /// `Conflict` for a request that is not active. It names both states.
    pub fn after(self, step: Step) -> Result<Self, ActionError> {
        let to = step.to();
        if self == Self::Active {
            return Ok(to);
        }
        Err(ActionError::conflict(format!(
            "the request is {self} and cannot become {to}: only an active request can"
        )))
    }
}

impl Step {
    /// The kind of the event.
    pub fn event(self) -> &'static str {
        match self {
            Self::Match => "request.matched",
            Self::Expire => "request.expired",
            Self::Cancel => "request.cancelled",
        }
    }

    /// Why the open offers of the request are closed with it.
    pub(super) fn closing(self) -> Closing {
        match self {
            Self::Match => Closing::Accepted,
            Self::Expire => Closing::Expired,
            Self::Cancel => Closing::Cancelled,
        }
    }

    /// The state that the step leads to.
    fn to(self) -> Status {
        match self {
            Self::Match => Status::Matched,
            Self::Expire => Status::Expired,
            Self::Cancel => Status::Cancelled,
        }
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
    fn an_active_request_is_matched_expires_or_is_cancelled_and_every_other_state_is_final() {
        let steps = [
            (Step::Match, Status::Matched, "request.matched"),
            (Step::Expire, Status::Expired, "request.expired"),
            (Step::Cancel, Status::Cancelled, "request.cancelled"),
        ];
        for (step, to, event) in steps {
            assert_eq!(step.event(), event);
            for from in Status::ALL {
                let after = from.after(step).ok();
                assert_eq!(
                    after,
                    (from == Status::Active).then_some(to),
                    "{from} {step:?}"
                );
            }
        }
        let error = Status::Expired.after(Step::Cancel).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the request is expired and cannot become cancelled: only an active request can"
        );
    }

    #[test]
    fn states_read_back_and_an_unknown_one_is_reported_with_those_that_exist() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse::<Status>().unwrap(), status);
        }
        let error = "open".parse::<Status>().unwrap_err();
        let expected = "status must be one of active, matched, expired, cancelled, not \"open\"";
        assert_eq!(error.to_string(), expected);
    }
}
