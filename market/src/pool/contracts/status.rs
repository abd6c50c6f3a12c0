//! The states of a contract, and the steps between them.

use std::fmt;
use std::str::FromStr;

use crate::action::error::ActionError;

/// A state in the life of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits for its first payment, and reserves the nights and the capacity of its landlord.
    Pending,
    /// The student has paid.
    Active,
    /// The stay is over.
    Ended,
    /// The stay does not take place.
    Cancelled,
}

/// A step from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The first payment is recorded.
    Activate,
    /// The stay is over.
    End,
    /// The stay does not take place.
    Cancel,
}

impl Status {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Active, Self::Ended, Self::Cancelled];

    /// The name in Postgres and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Ended => "ended",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state after a step.
    ///
    /// # Errors
    ///
    /// `Conflict` for a step that the current state does not allow. It names both states.
    pub(super) fn after(self, step: Step) -> Result<Self, ActionError> {
        let (from, to) = step.states();
        if from.contains(&self) {
            return Ok(to);
        }
        let from: Vec<&str> = from.iter().map(|status| status.as_str()).collect();
        Err(ActionError::conflict(format!(
            "the contract is {self} and cannot become {to}: only a contract that is {} can",
            from.join(" or ")
        )))
    }
}

impl Step {
    /// The kind of the event.
    pub(super) fn event(self) -> &'static str {
        match self {
            Self::Activate => "contract.activated",
            Self::End => "contract.ended",
            Self::Cancel => "contract.cancelled",
        }
    }

    /// The states in which the step is possible, and the one that it leads to.
    fn states(self) -> (&'static [Status], Status) {
        match self {
            Self::Activate => (&[Status::Pending], Status::Active),
            Self::End => (&[Status::Active], Status::Ended),
            Self::Cancel => (&[Status::Pending, Status::Active], Status::Cancelled),
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
    fn a_contract_becomes_active_and_ends_or_is_cancelled_before() {
        use Status::{Active, Cancelled, Ended, Pending};
        for (step, allowed) in [
            (Step::Activate, vec![(Pending, Active)]),
            (Step::End, vec![(Active, Ended)]),
            (
                Step::Cancel,
                vec![(Pending, Cancelled), (Active, Cancelled)],
            ),
        ] {
            for from in Status::ALL {
                let expected = allowed.iter().find(|(start, _)| *start == from);
                let after = from.after(step).ok();
                assert_eq!(after, expected.map(|(_, to)| *to), "{from} {step:?}");
            }
        }
        let error = Ended.after(Step::End).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the contract is ended and cannot become ended: only a contract that is active can"
        );
        for status in Status::ALL {
            assert_eq!(status.as_str().parse::<Status>().unwrap(), status);
        }
        assert!("open".parse::<Status>().is_err());
    }
}
