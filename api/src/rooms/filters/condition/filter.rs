//! A parsed filter, and the parameter that it is read from.

use std::fmt;
use std::str::FromStr;

use roost_collections::rooms;
use roost_engine::Condition;
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::display::AsFilter;
use super::error::FilterError;
use super::grammar;
use super::limits::CHARS_MAX;
use crate::http::error::ApiError;
use crate::params::kind::{Kind, Shape};
use crate::params::values::Params;

/// A parsed filter. It displays as text with the same meaning.
///
/// ```
/// use roost_api::Filter;
/// let filter: Filter = "price<=900 and (amenities:wifi OR NOT rating<4)".parse()?;
/// assert_eq!(filter.to_string(), "price <= 900 AND (amenities:wifi OR NOT rating < 4)");
/// # Ok::<(), roost_api::FilterError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(pub(super) Condition);

/// The text of a filter.
#[derive(Clone, Copy)]
pub(crate) struct FilterText;

impl Filter {
    pub(crate) fn into_condition(self) -> Condition {
        self.0
    }

    /// Whether the condition depends on the status.
    pub(crate) fn names_status(&self) -> bool {
        names_status(&self.0)
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Filter, FilterError> {
        if let Some((at, _)) = text.char_indices().nth(CHARS_MAX) {
            return Err(FilterError::too_long(text, at));
        }
        grammar::parse(text).map(Filter)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AsFilter(&self.0).fmt(f)
    }
}

impl Kind for FilterText {
    type Output = Option<Filter>;

    fn read(&self, name: &'static str, params: &Params) -> Result<Option<Filter>, ApiError> {
        let Some(text) = params.text(name)? else {
            return Ok(None);
        };
        Ok(Some(text.parse()?))
    }

    fn expected(&self) -> String {
        format!("a filter of at most {CHARS_MAX} characters")
    }

    fn json(&self, text: &str) -> Value {
        text.into()
    }

    fn shape(&self) -> Shape {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(CHARS_MAX));
        Shape {
            schema: schema.into(),
            is_required: false,
        }
    }
}

fn names_status(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(names_status),
        Condition::Not(part) => names_status(part),
        Condition::Category(field, _) => *field == rooms::STATUS,
        _ => false,
    }
}
