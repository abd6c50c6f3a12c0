//! Edits of rows: what a patch says of each field, and which version the caller has seen.

use crate::action::error::ActionError;

/// What a merge patch (RFC 7396) says of one field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// The field is absent, and stays as it is.
    #[default]
    Keep,
    /// The field is null, and is removed.
    Clear,
    /// The field gets this value.
    Set(T),
}

/// The versions of a row that a caller accepts. A change based on another one would overwrite what
/// the caller has not seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum IfVersion {
    /// Whichever it is.
    #[default]
    Any,
    /// One of these.
    OneOf(Vec<i64>),
}

impl<T> Change<T> {
    /// The same for a row that does not exist yet: an absent field is rejected as a removed one.
    pub(crate) fn in_new(self) -> Self {
        match self {
            Self::Keep => Self::Clear,
            change => change,
        }
    }

    /// The change of another value.
    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => Change::Set(map(value)),
        }
    }

    /// The changed value of an optional field, if it is not kept.
    pub(crate) fn optional(self) -> Option<Option<T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }

    /// The changed value of a field that is never absent, if it is not kept.
    ///
    /// # Errors
    ///
    /// `Invalid` if it would be removed.
    pub(crate) fn required(
        self,
        field: &'static str,
        expected: impl FnOnce() -> String,
    ) -> Result<Option<T>, ActionError> {
        match self {
            Self::Keep => Ok(None),
            Self::Clear => Err(ActionError::invalid(field, "null", expected())),
            Self::Set(value) => Ok(Some(value)),
        }
    }
}

impl IfVersion {
    /// Checks the current version of a row, such as `the room`.
    ///
    /// # Errors
    ///
    /// `PreconditionFailed` for a version that the caller does not accept.
    pub(crate) fn check(&self, row: &str, version: i64) -> Result<(), ActionError> {
        match self {
            Self::OneOf(accepted) if !accepted.contains(&version) => {
                let changed = format!("{row} has changed meanwhile: its version is {version} now");
                Err(ActionError::PreconditionFailed(changed.into()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_field_keeps_or_changes_its_value_but_cannot_be_removed() {
        let expected = || "a name".to_owned();
        assert_eq!(Change::<u8>::Keep.required("name", expected).unwrap(), None);
        assert_eq!(Change::Set(5).required("name", expected).unwrap(), Some(5));
        let error = Change::<u8>::Clear.required("name", expected).unwrap_err();
        assert_eq!(error.to_string(), "name must be a name, not \"null\"");
        assert_eq!(Change::<u8>::Clear.optional(), Some(None));
    }

    #[test]
    fn only_a_version_that_the_caller_has_seen_may_be_changed() {
        assert!(IfVersion::Any.check("the room", 3).is_ok());
        assert!(IfVersion::OneOf(vec![2, 3]).check("the room", 3).is_ok());
        let error = IfVersion::OneOf(vec![2]).check("the room", 3).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the room has changed meanwhile: its version is 3 now"
        );
    }
}
