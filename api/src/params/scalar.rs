//! Kinds of a parameter with one value: flags, ids, names, numbers and texts.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Number as JsonNumber, Value};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use uuid::Uuid;

use super::spelling::did_you_mean;
use crate::http::error::ApiError;
use crate::http::schema;

/// A kind of one value.
pub(crate) trait Scalar {
    /// What a text is parsed into.
    type Value;

    /// Parses a text.
    fn parse(&self, text: &str) -> Result<Self::Value, Invalid>;

    /// The values that it accepts, as errors state them.
    fn expected(&self) -> String;

    /// A text as JSON.
    fn json(&self, text: &str) -> Value {
        Value::String(text.to_owned())
    }

    /// The JSON schema.
    fn schema(&self) -> Schema;

    /// Whether the value is a comma-separated list.
    fn is_list(&self) -> bool {
        false
    }
}

/// A kind whose values can be defaults.
pub(crate) trait ToJson: Scalar {
    /// A value as JSON.
    fn to_json(&self, value: &Self::Value) -> Value;
}

/// Why a text is not a value of a kind.
#[derive(Debug, Default)]
pub(crate) struct Invalid {
    /// What to add to the message that states the accepted values.
    hint: Option<String>,
}

/// `true` or `false`.
#[derive(Clone, Copy)]
pub(crate) struct Flag;

/// A UUID.
#[derive(Clone, Copy)]
pub(crate) struct Id;

/// One of a few names, each of which stands for a value.
#[derive(Clone, Copy)]
pub(crate) struct Choice<T: 'static>(pub(crate) &'static [(&'static str, T)]);

/// A text of at most this many characters.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    pub(crate) chars_max: usize,
}

/// A finite number in a range.
#[derive(Clone, Copy)]
pub(crate) struct Number {
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// A whole number in a range.
#[derive(Clone, Copy)]
pub(crate) struct Whole<T> {
    pub(crate) min: T,
    pub(crate) max: T,
}

impl Invalid {
    pub(crate) fn because(hint: impl Into<String>) -> Invalid {
        Invalid {
            hint: Some(hint.into()),
        }
    }

    /// A name that is not among the accepted ones.
    pub(crate) fn name<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Invalid {
        Invalid {
            hint: did_you_mean(text, names),
        }
    }

    /// Adds the hint to the error that states the accepted values.
    pub(crate) fn explain(self, error: ApiError) -> ApiError {
        match self.hint {
            Some(hint) => error.with_hint(&hint),
            None => error,
        }
    }
}

impl Scalar for Flag {
    type Value = bool;

    fn parse(&self, text: &str) -> Result<bool, Invalid> {
        text.parse().map_err(|_| Invalid::default())
    }

    fn expected(&self) -> String {
        "true or false".to_owned()
    }

    fn json(&self, text: &str) -> Value {
        Value::Bool(text == "true")
    }

    fn schema(&self) -> Schema {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }
}

impl ToJson for Flag {
    fn to_json(&self, value: &bool) -> Value {
        Value::Bool(*value)
    }
}

impl Scalar for Id {
    type Value = Uuid;

    fn parse(&self, text: &str) -> Result<Uuid, Invalid> {
        text.parse().map_err(|_| Invalid::default())
    }

    fn expected(&self) -> String {
        "an id such as 0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001".to_owned()
    }

    fn schema(&self) -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .into()
    }
}

impl<T: Copy + PartialEq> Scalar for Choice<T> {
    type Value = T;

    fn parse(&self, text: &str) -> Result<T, Invalid> {
        let found = self.0.iter().find(|(name, _)| *name == text);
        found
            .map(|&(_, value)| value)
            .ok_or_else(|| Invalid::name(text, self.names()))
    }

    fn expected(&self) -> String {
        one_of(self.names())
    }

    fn schema(&self) -> Schema {
        schema::names(self.names())
    }
}

impl<T: Copy + PartialEq> ToJson for Choice<T> {
    fn to_json(&self, value: &T) -> Value {
        let found = self.0.iter().find(|(_, one)| one == value);
        found.map_or(Value::Null, |(name, _)| (*name).into())
    }
}

impl<T> Choice<T> {
    /// The names, in the order of the OpenAPI document.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }
}

impl Scalar for Text {
    type Value = String;

    fn parse(&self, text: &str) -> Result<String, Invalid> {
        match text.chars().count() {
            chars if chars > self.chars_max => Err(Invalid::because(format!("it has {chars}"))),
            _ => Ok(text.to_owned()),
        }
    }

    fn expected(&self) -> String {
        format!("a text of at most {} characters", self.chars_max)
    }

    fn schema(&self) -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(self.chars_max))
            .into()
    }
}

impl Scalar for Number {
    type Value = f64;

    fn parse(&self, text: &str) -> Result<f64, Invalid> {
        let number = text.parse().ok();
        number
            .filter(|number| (self.min..=self.max).contains(number))
            .ok_or_else(Invalid::default)
    }

    fn expected(&self) -> String {
        format!("a number from {} to {}", self.min, self.max)
    }

    fn json(&self, text: &str) -> Value {
        number_json(text)
    }

    fn schema(&self) -> Schema {
        number_schema()
            .minimum(Some(self.min))
            .maximum(Some(self.max))
            .into()
    }
}

impl<T: Copy + Display + FromStr + PartialOrd + Into<u64>> Scalar for Whole<T> {
    type Value = T;

    fn parse(&self, text: &str) -> Result<T, Invalid> {
        let number = text.parse().ok();
        number
            .filter(|number| (self.min..=self.max).contains(number))
            .ok_or_else(Invalid::default)
    }

    fn expected(&self) -> String {
        format!("a whole number from {} to {}", self.min, self.max)
    }

    fn json(&self, text: &str) -> Value {
        number_json(text)
    }

    fn schema(&self) -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(self.min.into()))
            .maximum(Some(self.max.into()))
            .into()
    }
}

impl<T: Copy + Display + FromStr + PartialOrd + Into<u64>> ToJson for Whole<T> {
    fn to_json(&self, value: &T) -> Value {
        Value::from((*value).into())
    }
}

/// States the names that a kind accepts.
pub(crate) fn one_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    format!("one of {}", names.collect::<Vec<_>>().join(", "))
}

/// The schema of a number without bounds.
pub(crate) fn number_schema() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Number)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
}

/// A number's text as JSON.
pub(crate) fn number_json(text: &str) -> Value {
    JsonNumber::from_str(text).map_or(Value::Null, Value::Number)
}
