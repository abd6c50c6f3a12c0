//! OpenAPI schemas that several routes share.

use std::ops::RangeInclusive;

use roost_market::fields::{Code, Degrees, LAT, LNG, Line, Whole};
use utoipa::openapi::schema::{
    AdditionalProperties, Object, ObjectBuilder, Schema, SchemaType, Type,
};

/// A line: no control character, and if it may not be empty, a character that is no space.
const FILLED_LINE: &str = r"^[^\x00-\x1F\x7F-\x9F]*[^\s\x00-\x1F\x7F-\x9F][^\x00-\x1F\x7F-\x9F]*$";
const LINE: &str = r"^[^\x00-\x1F\x7F-\x9F]*$";

/// Every character but control characters, of which line ends and tabs are accepted.
pub(crate) const TEXT_PATTERN: &str = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$";

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

/// Restricts a text to a line.
pub(crate) fn line(object: &mut Object, line: &Line) {
    object.min_length = Some(line.chars_min).filter(|min| *min > 0);
    object.max_length = Some(line.chars_max);
    object.pattern = Some(line_pattern(&(line.chars_min..=line.chars_max)).to_owned());
}

/// Restricts a text to a code.
pub(crate) fn code(object: &mut Object, code: &Code) {
    object.pattern = Some(format!("^[A-Z]{{{}}}$", code.chars));
}

/// Restricts a number to a range of whole numbers.
pub(crate) fn whole(object: &mut Object, whole: &Whole) {
    object.minimum = Some(f64::from(whole.min).into());
    object.maximum = Some(f64::from(whole.max).into());
}

/// The type of a member that may be null.
pub(crate) fn or_null(kind: &SchemaType, is_nullable: bool) -> SchemaType {
    match kind {
        SchemaType::Type(kind) if is_nullable => SchemaType::from_iter([kind.clone(), Type::Null]),
        kind => kind.clone(),
    }
}

/// A point whose members are all required in a new row.
pub(crate) fn point(is_new: bool) -> Schema {
    let degrees = |degrees: &Degrees, example: f64| {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(-degrees.max))
            .maximum(Some(degrees.max))
            .examples([example])
    };
    let point = ObjectBuilder::new()
        .description(Some("A geographic point in degrees, WGS 84."))
        .property("lat", degrees(&LAT, 19.1334))
        .property("lng", degrees(&LNG, 72.9133))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    match is_new {
        true => point.required("lat").required("lng").into(),
        false => point.into(),
    }
}
