//! OpenAPI schemas that several routes share.

use std::ops::RangeInclusive;

use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// A line: no control character, and if it may not be empty, a character that is no space.
const FILLED_LINE: &str = r"^[^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x1F\x7F-\x9F]*$";
const LINE: &str = r"^[^\x00-\x1F\x7F-\x9F]*$";

/// The schema of a text that is one of these names.
pub(crate) fn names(names: impl IntoIterator<Item = &'static str>) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .into()
}

/// The pattern of a line of that many characters.
pub(crate) fn line_pattern(chars: &RangeInclusive<usize>) -> &'static str {
    match chars.start() {
        0 => LINE,
        _ => FILLED_LINE,
    }
}
