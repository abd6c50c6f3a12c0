//! Kinds of a parameter with several values.

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, Schema};

use super::kind::{Kind, Shape};
use super::scalar::{Invalid, Scalar, number_json, number_schema};
use super::values::Params;
use crate::http::error::ApiError;

/// A list: values separated by commas, the parameter repeated, or both.
#[derive(Clone, Copy)]
pub(crate) struct List<S> {
    item: S,
    /// What an item is called in errors, in the plural.
    noun: &'static str,
    max: Option<usize>,
}

impl<S> List<S> {
    pub(crate) const fn of(item: S) -> List<S> {
        List {
            item,
            noun: "items",
            max: None,
        }
    }

    /// Accepts at most this many items.
    pub(crate) const fn of_at_most(max: usize, noun: &'static str, item: S) -> List<S> {
        List {
            item,
            noun,
            max: Some(max),
        }
    }
}

impl<S: Scalar> Kind for List<S> {
    type Output = Vec<S::Value>;

    fn read(&self, name: &'static str, params: &Params) -> Result<Vec<S::Value>, ApiError> {
        if let Some(max) = self.max {
            let count = params.list(name).count();
            if count > max {
                let expected = format!("a list of at most {max} {}", self.noun);
                let value = format!("{count} {}", self.noun);
                return Err(ApiError::parameter(name, &value, expected));
            }
        }
        let items = params.list(name).map(|text| {
            self.item.parse(text).map_err(|invalid| {
                let error = ApiError::parameter(name, text, self.item.expected());
                invalid.explain(error)
            })
        });
        items.collect()
    }

    fn expected(&self) -> String {
        self.item.expected()
    }

    fn json(&self, text: &str) -> Value {
        text.split(',').map(|item| self.item.json(item)).collect()
    }

    fn is_list(&self) -> bool {
        true
    }

    fn shape(&self) -> Shape {
        let array = ArrayBuilder::new()
            .items(RefOr::from(self.item.schema()))
            .max_items(self.max);
        Shape {
            schema: array.into(),
            is_required: false,
        }
    }
}

/// Parses numbers that are separated by commas.
pub(crate) fn parse_numbers(text: &str) -> Result<Vec<f64>, Invalid> {
    let items = (1..).zip(text.split(','));
    items
        .map(|(position, item)| {
            let number = item.parse().ok().filter(|number: &f64| number.is_finite());
            number.ok_or_else(|| {
                let shown: String = item.chars().take(40).collect();
                Invalid::because(format!("number {position} is {shown:?}"))
            })
        })
        .collect()
}

/// The schema of a list of numbers.
pub(crate) fn numbers_schema(items_min: usize, items_max: usize) -> Schema {
    ArrayBuilder::new()
        .items(number_schema())
        .min_items(Some(items_min))
        .max_items(Some(items_max))
        .into()
}

/// A list of numbers as JSON.
pub(crate) fn numbers_json(text: &str) -> Value {
    text.split(',').map(number_json).collect()
}
