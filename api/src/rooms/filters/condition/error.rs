//! Why is a filter not understood?

use std::fmt;

use axum::http::StatusCode;

use super::{CHARS_MAX, DEPTH_MAX, VALUES_MAX};
use crate::error::{ApiError, Code, shorten};

/// Where a filter is wrong, and what would have been right there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct FilterError {
    /// The first character is 1. Where the filter ends too early, the character behind it.
    pub position: usize,
    /// What stands there; empty at the end.
    pub found: String,
    /// What would have been right.
    pub expected: String,
    /// A word that may have been meant.
    pub(super) meant: Option<String>,
}

impl FilterError {
    /// For what stands at a byte of a filter's text.
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
            meant: None,
        }
    }

    /// For a text that goes on at this byte where it should have ended.
    pub(super) fn too_long(text: &str, at: usize) -> FilterError {
        FilterError::at(
            text,
            at,
            &text[at..],
            format!("at most {CHARS_MAX} characters"),
        )
    }

    pub(super) fn too_deep(text: &str, at: usize, found: &str) -> FilterError {
        let expected = format!("at most {DEPTH_MAX} parentheses and negations inside one another");
        FilterError::at(text, at, found, expected)
    }

    pub(super) fn too_many(text: &str, at: usize, found: &str) -> FilterError {
        FilterError::at(text, at, found, format!("at most {VALUES_MAX} values"))
    }

    pub(super) fn meant(self, word: Option<&str>) -> FilterError {
        FilterError {
            meant: word.map(str::to_owned),
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
            meant,
        } = self;
        write!(
            f,
            "filter, character {position}: expected {expected}, found "
        )?;
        match found.as_str() {
            "" => f.write_str("the end")?,
            found => write!(f, "{:?}", shorten(found))?,
        }
        match meant {
            Some(word) => write!(f, "; did you mean {word}?"),
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
        .about("filter", &error.found)
        .expected(error.expected)
        .at(error.position)
    }
}
