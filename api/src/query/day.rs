//! Dates in a query string.

use roost_engine::Date;
use serde_json::Value;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};

use crate::app::clock::now_s;
use crate::params::scalar::{Invalid, Scalar};

/// A date.
#[derive(Clone, Copy)]
pub(crate) struct Day;

impl Scalar for Day {
    type Value = Date;

    fn parse(&self, text: &str) -> Result<Date, Invalid> {
        text.parse().map_err(|_| match is_in_format(text) {
            true => Invalid::because("the calendar has no such day"),
            false => Invalid::default(),
        })
    }

    fn expected(&self) -> String {
        "a date in the format YYYY-MM-DD, such as 2026-12-05".to_owned()
    }

    /// The example of the OpenAPI document is a number of days from today, because a fixed date
    /// would soon be too early.
    fn json(&self, text: &str) -> Value {
        Value::String(match text.parse() {
            Ok(days) => Date::of_moment(now_s()).plus_days(days).to_string(),
            Err(_) => text.to_owned(),
        })
    }

    fn schema(&self) -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .into()
    }
}

/// Whether a text has the format `YYYY-MM-DD`.
fn is_in_format(text: &str) -> bool {
    let is_digit_or_hyphen = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(is_digit_or_hyphen)
}
