//! Syntax errors of filters.

use std::fmt;

use axum::http::StatusCode;

use super::limits::{CHARS_MAX, DEPTH_MAX, VALUES_MAX};
use crate::http::error::{ApiError, Code};
use crate::http::shorten::shorten;

/// The first error of a filter, and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FilterError {
    /// The position of the first invalid character, from 1. If the filter ends too early, the
    /// position after its last character.
    pub position: usize,
    /// The text at that position; empty at the end.
    pub found: String,
    /// What the grammar expects there.
    pub expected: String,
    /// The known name that a misspelt one probably stands for.
    pub(super) suggestion: Option<String>,
}

impl FilterError {
    /// The error for the text at a byte of a filter.
    pub(super) fn at(
        text: &str,
        at: usize,
        found: &str,
        expected: impl Into<String>,
    ) -> FilterError {
        FilterError {
            position: text[..at].chars().count() + 1,
            found: found.to_owned(),
            expected: expected.into(),
            suggestion: None,
        }
    }

    /// The error for a filter that continues at this byte, although it has reached its maximum
    /// length.
    pub(super) fn too_long(text: &str, at: usize) -> FilterError {
        FilterError::at(
            text,
            at,
            &text[at..],
            format!("at most {CHARS_MAX} characters"),
        )
    }

    pub(super) fn too_deep(text: &str, at: usize, found: &str) -> FilterError {
        let expected = format!("at most {DEPTH_MAX} nested parentheses and negations");
        FilterError::at(text, at, found, expected)
    }

    pub(super) fn too_many(text: &str, at: usize, found: &str) -> FilterError {
        FilterError::at(text, at, found, format!("at most {VALUES_MAX} values"))
    }

    pub(super) fn with_suggestion(self, name: Option<&str>) -> FilterError {
        FilterError {
            suggestion: name.map(str::to_owned),
            ..self
        }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FilterError {
            position,
            found,
            expected,
            suggestion,
        } = self;
        write!(
            f,
            "filter, character {position}: expected {expected}, found "
        )?;
        match found.as_str() {
            "" => f.write_str("the end")?,
            found => write!(f, "{:?}", shorten(found))?,
        }
        match suggestion {
            Some(name) => write!(f, "; did you mean {name}?"),
            None => Ok(()),
        }
    }
}

impl From<FilterError> for ApiError {
    fn from(error: FilterError) -> ApiError {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            Code::InvalidParameter,
            error.to_string(),
        )
        .with_field("filter", &error.found)
        .with_expected(error.expected)
        .with_position(error.position)
    }
}
