//! Whether a university, session or venue is in use.

use std::fmt;
use std::str::FromStr;

use crate::action::error::ActionError;
use crate::edit::Change;

/// Whether a university, session or venue is in use. Rows that others refer to are never deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is in use.
    Active,
    /// Nothing new refers to it.
    Inactive,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Active, Self::Inactive];

    /// What the field accepts, for an error.
    pub const EXPECTED: &'static str = "active or inactive";

    /// The name in Postgres and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }

    /// Applies a change, which returns to active if it removes the value.
    pub(super) fn apply(&mut self, change: Change<String>) -> Result<(), ActionError> {
        match change {
            Change::Keep => {}
            Change::Clear => *self = Self::Active,
            Change::Set(name) => *self = name.parse()?,
        }
        Ok(())
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
        found.ok_or_else(|| ActionError::invalid("status", name, Self::EXPECTED))
    }
}
