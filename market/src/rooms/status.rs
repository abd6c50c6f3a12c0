//! The states of a room, and the steps between them.

use std::fmt;
use std::str::FromStr;

use crate::action::error::ActionError;

/// A state in the life of a room. Only listed rooms are found by searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The landlord still works on it.
    Draft,
    /// It waits for its review.
    Submitted,
    /// Searches find it.
    Listed,
    /// The landlord hides it from searches for a while.
    Paused,
    /// It is not let any more. There is no step back.
    Removed,
}

/// A step from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The landlord submits a draft for review.
    Submit,
    /// The landlord hides a listed room.
    Pause,
    /// The landlord lists a paused room again.
    Resume,
    /// The landlord removes a room for good.
    Remove,
    /// An admin lists a submitted room.
    Verify,
    /// An admin returns a submitted room to its landlord.
    Reject,
}

impl Status {
    /// All states.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Submitted,
        Self::Listed,
        Self::Paused,
        Self::Removed,
    ];

    /// The name in Postgres and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Listed => "listed",
            Self::Paused => "paused",
            Self::Removed => "removed",
        }
    }

    /// Whether every caller may see the room.
    pub fn is_public(self) -> bool {
        matches!(self, Self::Listed | Self::Paused)
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
            "the room is {self} and cannot become {to}: only a {} room can",
            from.join(", ")
        )))
    }
}

impl Step {
    /// The kind of the event.
    pub(super) fn event(self) -> &'static str {
        match self {
            Self::Submit => "room.submitted",
            Self::Pause => "room.paused",
            Self::Resume => "room.resumed",
            Self::Remove => "room.removed",
            Self::Verify => "room.verified",
            Self::Reject => "room.rejected",
        }
    }

    /// The states in which the step is possible, and the one that it leads to.
    fn states(self) -> (&'static [Status], Status) {
        match self {
            Self::Submit => (&[Status::Draft], Status::Submitted),
            Self::Pause => (&[Status::Listed], Status::Paused),
            Self::Resume => (&[Status::Paused], Status::Listed),
            Self::Remove => (
                &[
                    Status::Draft,
                    Status::Submitted,
                    Status::Listed,
                    Status::Paused,
                ],
                Status::Removed,
            ),
            Self::Verify => (&[Status::Submitted], Status::Listed),
            Self::Reject => (&[Status::Submitted], Status::Draft),
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
    fn a_room_goes_from_draft_over_submitted_to_listed_and_paused_and_ends_removed() {
        use Status::{Draft, Listed, Paused, Removed, Submitted};
        let steps = [
            (Step::Submit, vec![(Draft, Submitted)]),
            (Step::Verify, vec![(Submitted, Listed)]),
            (Step::Reject, vec![(Submitted, Draft)]),
            (Step::Pause, vec![(Listed, Paused)]),
            (Step::Resume, vec![(Paused, Listed)]),
            (
                Step::Remove,
                vec![
                    (Draft, Removed),
                    (Submitted, Removed),
                    (Listed, Removed),
                    (Paused, Removed),
                ],
            ),
        ];
        for (step, allowed) in steps {
            for from in Status::ALL {
                let expected = allowed.iter().find(|(start, _)| *start == from);
                let after = from.after(step).ok();
                assert_eq!(after, expected.map(|(_, to)| *to), "{from} {step:?}");
            }
        }
    }

    #[test]
    fn an_impossible_step_names_both_states() {
        let error = Status::Draft.after(Step::Pause).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the room is draft and cannot become paused: only a listed room can"
        );
        assert!(matches!(error, ActionError::Conflict(_)));
    }

    #[test]
    fn states_read_back_and_an_unknown_one_is_reported_with_those_that_exist() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse::<Status>().unwrap(), status);
        }
        let error = "open".parse::<Status>().unwrap_err();
        let expected =
            "status must be one of draft, submitted, listed, paused, removed, not \"open\"";
        assert_eq!(error.to_string(), expected);
    }
}
