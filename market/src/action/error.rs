//! Why an action was not done.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Why an action was not done. Nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// A field of the input has a value that is not accepted.
    #[error("{0}")]
    Invalid(FieldError),
    /// Rows of an import that are not accepted, in their order.
    #[error("{}", of_rows(.0))]
    InvalidRows(Vec<RowError>),
    /// The caller has not proved who it is.
    #[error("{0}")]
    Unauthenticated(Cow<'static, str>),
    /// The actor may see the subject, but not do this with it.
    #[error("{0}")]
    Forbidden(Cow<'static, str>),
    /// There is no such subject, or the actor may not see it. Its field is the one that names the
    /// subject.
    #[error("{0}")]
    NotFound(FieldError),
    /// The current state of the subject does not allow the action.
    #[error("{0}")]
    Conflict(Cow<'static, str>),
    /// The subject has changed since the version that the caller names.
    #[error("{0}")]
    PreconditionFailed(Cow<'static, str>),
    /// The caller has done this too often.
    #[error("too many attempts; try again in {} s", retry_after.as_secs())]
    TooMany {
        /// After this time the next attempt is accepted.
        retry_after: Duration,
    },
    /// The service has no capacity for the action at the moment.
    #[error("the service is busy; try again shortly")]
    Busy,
    /// A fault of the service or its database.
    #[error("internal error")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

/// A field with a value that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The name of the field in the input.
    pub field: Cow<'static, str>,
    /// The value; `None` for a secret, which is never repeated, and for a missing value.
    pub value: Option<String>,
    /// Completes the sentence "the field must be ...".
    pub expected: Cow<'static, str>,
}

/// A row of an import that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The line of the row in its file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub error: FieldError,
}

impl ActionError {
    /// A field with a value that is not accepted.
    pub fn invalid(
        field: &'static str,
        value: impl fmt::Display,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid(FieldError {
            field: field.into(),
            value: Some(value.to_string()),
            expected: expected.into(),
        })
    }

    /// A secret, such as a password, that is not accepted. The error does not repeat it.
    pub fn invalid_secret(field: &'static str, expected: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(FieldError {
            field: field.into(),
            value: None,
            expected: expected.into(),
        })
    }

    /// A subject that does not exist, or that the actor may not see.
    pub fn not_found(
        field: &'static str,
        value: impl fmt::Display,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::NotFound(FieldError {
            field: field.into(),
            value: Some(value.to_string()),
            expected: expected.into(),
        })
    }

    /// An action that the actor may not do.
    pub fn forbidden(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Forbidden(reason.into())
    }

    /// An action that the current state does not allow.
    pub fn conflict(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Conflict(reason.into())
    }

    /// An action of an anonymous caller that only a signed-in one can do.
    pub fn sign_in_required() -> Self {
        Self::Unauthenticated("this needs a signed-in caller".into())
    }

    /// A fault, with its cause.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// The error of a statement: `of` returns what the violation of a constraint means, by the name
    /// of the constraint. Every other error is a fault.
    pub fn of_constraint(error: sqlx::Error, of: impl FnOnce(&str) -> Option<Self>) -> Self {
        let meaning = error
            .as_database_error()
            .and_then(|error| error.constraint())
            .and_then(of);
        meaning.unwrap_or_else(|| error.into())
    }
}

impl From<sqlx::Error> for ActionError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            // All connections of the pool are in use.
            sqlx::Error::PoolTimedOut => Self::Busy,
            error => Self::internal(error),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} must be {}", self.field, self.expected)?;
        match &self.value {
            Some(value) => write!(f, ", not {value:?}"),
            None => Ok(()),
        }
    }
}

fn of_rows(rows: &[RowError]) -> String {
    let first = rows.first().map(RowError::to_string).unwrap_or_default();
    match rows.len() {
        0 | 1 => first,
        count => format!("{count} rows are not accepted, the first: {first}"),
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_field_its_value_and_what_is_expected_but_no_secret() {
        let error = ActionError::invalid("price", -1, "a number above 0");
        assert_eq!(
            error.to_string(),
            "price must be a number above 0, not \"-1\""
        );
        let error = ActionError::invalid_secret("password", "8 to 256 characters");
        assert_eq!(error.to_string(), "password must be 8 to 256 characters");
    }

    #[test]
    fn an_exhausted_pool_is_a_busy_service_and_another_error_a_fault() {
        assert!(matches!(
            ActionError::from(sqlx::Error::PoolTimedOut),
            ActionError::Busy
        ));
        let error = ActionError::of_constraint(sqlx::Error::RowNotFound, |_| None);
        assert!(matches!(error, ActionError::Internal(_)));
    }
}
