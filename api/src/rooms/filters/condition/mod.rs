//! What does the parameter `filter` say?
//!
//! A small language over all that rooms are filtered by, described in `docs/filters.md`. It is read into
//! the engine's [`Condition`]; the engine knows nothing of texts. Whatever is not understood is refused
//! with the character at which that is so. Length, depth and the number of values are bounded, so that
//! neither reading a filter nor asking it of a million rooms can cost much.

mod error;
mod fields;
mod parser;
#[cfg(test)]
mod tests;
mod tokens;
mod written;

use std::fmt;
use std::str::FromStr;

use roost_engine::Condition;

pub use error::FilterError;
pub(super) use written::AsFilter;

use crate::error::ApiError;
use crate::params::Params;

/// Longer ones are refused before they are looked at.
const CHARS_MAX: usize = 4_000;

/// How many parentheses and negations may stand inside one another.
const DEPTH_MAX: usize = 32;

/// How many values all comparisons may have together.
const VALUES_MAX: usize = 256;

/// A filter that was understood. Its text, as it is displayed, says the same.
///
/// ```
/// use roost_api::Filter;
/// let filter: Filter = "price<=900 and (amenities:wifi OR NOT rating<4)".parse()?;
/// assert_eq!(filter.to_string(), "price <= 900 AND (amenities:wifi OR NOT rating < 4)");
/// # Ok::<(), roost_api::FilterError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(Condition);

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Filter, FilterError> {
        if let Some((at, _)) = text.char_indices().nth(CHARS_MAX) {
            return Err(FilterError::too_long(text, at));
        }
        parser::parse(text).map(Filter)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AsFilter(&self.0).fmt(f)
    }
}

pub(super) fn read(params: &Params) -> Result<Option<Condition>, ApiError> {
    let Some(text) = params.text("filter")? else {
        return Ok(None);
    };
    let filter: Filter = text.parse()?;
    Ok(Some(filter.0))
}

/// Whether a condition tells statuses apart.
pub(super) fn names_status(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(names_status),
        Condition::Not(part) => names_status(part),
        Condition::Status(_) => true,
        _ => false,
    }
}
