//! A parsed filter, and the parameter that it is read from.

use std::fmt;
use std::str::FromStr;

use roost_collections::{Declared, rooms};
use roost_engine::{Condition, FieldId};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::display::AsFilter;
use super::error::FilterError;
use super::grammar;
use super::limits::CHARS_MAX;
use crate::http::error::ApiError;
use crate::params::kind::{Kind, Shape};
use crate::params::values::Params;

/// A parsed filter. It displays as text with the same meaning. A text by itself is a filter of
/// rooms.
///
/// ```
/// use roost_api::Filter;
/// let filter: Filter = "price<=900 and (amenities:wifi OR NOT rating<4)".parse()?;
/// assert_eq!(filter.to_string(), "price <= 900 AND (amenities:wifi OR NOT rating < 4)");
/// # Ok::<(), roost_api::FilterError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    pub(super) condition: Condition,
    pub(super) declared: Declared,
}

/// The text of a filter of documents of a collection.
#[derive(Clone, Copy)]
pub(crate) struct FilterText(pub(crate) Declared);

impl Filter {
    /// Parses a filter of documents of a collection.
    pub(crate) fn parse(text: &str, declared: Declared) -> Result<Filter, FilterError> {
        if let Some((at, _)) = text.char_indices().nth(CHARS_MAX) {
            return Err(FilterError::too_long(text, at));
        }
        let condition = grammar::parse(text, declared)?;
        Ok(Filter {
            condition,
            declared,
        })
    }

    pub(crate) fn into_condition(self) -> Condition {
        self.condition
    }

    /// Whether the condition depends on the category that decides visibility.
    pub(crate) fn names_visibility(&self) -> bool {
        let visibility = self.declared.collection.visibility();
        visibility.is_some_and(|field| names(&self.condition, field))
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Filter, FilterError> {
        Filter::parse(text, rooms::declared())
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AsFilter::new(&self.condition, self.declared).fmt(f)
    }
}

impl Kind for FilterText {
    type Output = Option<Filter>;

    fn read(&self, name: &'static str, params: &Params) -> Result<Option<Filter>, ApiError> {
        let Some(text) = params.text(name)? else {
            return Ok(None);
        };
        Ok(Some(Filter::parse(text, self.0)?))
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

/// Whether a condition compares a category.
fn names(condition: &Condition, category: FieldId) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().any(|part| names(part, category))
        }
        Condition::Not(part) => names(part, category),
        Condition::Category(field, _) => *field == category,
        _ => false,
    }
}
