//! The bodies that create and change rental requests, as the OpenAPI document describes them. The
//! accepted values follow from the fields of the market.

use std::borrow::Cow;

use roost_collections::requests::DECLARATION;
use roost_market::fields::AMOUNT_MAX;
use roost_market::pool::requests::fields::{
    CITY, CURRENCY, DESCRIPTION_CHARS_MAX, OCCUPANTS, REACH_M, TITLE,
};
use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat,
    SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::body::{CURRENCY_NAME, MEMBERS, STUDENT_ID, example};
use crate::http::schema::{TEXT_PATTERN, code, line, names, or_null, point, whole};

/// A new rental request.
pub(crate) struct NewRequestBody;

/// Changes of a rental request.
pub(crate) struct RequestPatchBody;

fn members(description: &str, location: &Schema) -> ObjectBuilder {
    let object = ObjectBuilder::new()
        .description(Some(description))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    MEMBERS.into_iter().fold(object, |object, name| {
        let schema = match name {
            "location" => location.clone(),
            "required_amenities" | "preferred_amenities" | "room_types" => list(name),
            _ => scalar(name),
        };
        object.property(name, schema)
    })
}

fn scalar(name: &str) -> Schema {
    let (kind, description) = match name {
        "reach_m" => (
            Type::Integer,
            "How far from the place a room may be, in metres.",
        ),
        "occupants" => (Type::Integer, "The number of people who need a bed."),
        "budget" => (
            Type::Number,
            "The highest price for one night in units of `currency`; null for any.",
        ),
        "venue_id" => (Type::String, "The venue of the exam."),
        "assignment_id" => (
            Type::String,
            "An assignment of the student: its venue, for the nights of its session.",
        ),
        "city" => (Type::String, "The town or city of a `location`."),
        "title" => (Type::String, "One line; null for one that names the place."),
        "description" => (Type::String, "Free text."),
        "check_in" => (Type::String, "The date of the first evening."),
        "check_out" => (
            Type::String,
            "The date of the morning after the last night.",
        ),
        "currency" => (Type::String, "ISO 4217."),
        _ => (
            Type::String,
            "When the request ends, no later than the day of departure; null for 14 days from now.",
        ),
    };
    let mut object: Object = ObjectBuilder::new()
        .schema_type(kind)
        .description(Some(description))
        .build();
    restrict(name, &mut object);
    object.schema_type = or_null(&object.schema_type, name != CURRENCY_NAME);
    Schema::Object(object)
}

fn restrict(name: &str, object: &mut Object) {
    let format = |format| Some(SchemaFormat::KnownFormat(format));
    match name {
        "title" => line(object, &TITLE),
        "city" => line(object, &CITY),
        "description" => {
            object.max_length = Some(DESCRIPTION_CHARS_MAX);
            object.pattern = Some(TEXT_PATTERN.to_owned());
        }
        "reach_m" => whole(object, &REACH_M),
        "occupants" => whole(object, &OCCUPANTS),
        "budget" => {
            object.minimum = Some(0.01.into());
            object.maximum = Some(AMOUNT_MAX.into());
            object.multiple_of = Some(0.01.into());
        }
        "currency" => code(object, &CURRENCY),
        "check_in" | "check_out" => object.format = format(KnownFormat::Date),
        "expires_at" => object.format = format(KnownFormat::DateTime),
        _ => object.format = format(KnownFormat::Uuid),
    }
}

/// A list of names of a vocabulary.
fn list(name: &str) -> Schema {
    let known = DECLARATION.field(name).names().iter().copied();
    let description = match name {
        "required_amenities" => "What a room must have.",
        "preferred_amenities" => "What makes a room better.",
        _ => "The accepted room types; empty for any.",
    };
    let mut list = ArrayBuilder::new()
        .items(RefOr::T(names(known)))
        .description(Some(description))
        .build();
    list.schema_type = or_null(&list.schema_type, true);
    Schema::Array(list)
}

impl PartialSchema for NewRequestBody {
    fn schema() -> RefOr<Schema> {
        let description = "A new rental request. It names exactly one of `venue_id`, \
                           `assignment_id` and `location`. `check_in` and `check_out` are required \
                           unless an assignment says the nights.";
        let student_id = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .description(Some(
                "Who needs the room, if an admin or a service posts it.",
            ));
        let object = members(description, &point(true)).property(STUDENT_ID, student_id);
        let object = object.required(CURRENCY_NAME);
        object.examples([example()]).into()
    }
}

impl ToSchema for NewRequestBody {
    fn name() -> Cow<'static, str> {
        "NewRentalRequest".into()
    }
}

impl PartialSchema for RequestPatchBody {
    fn schema() -> RefOr<Schema> {
        let description = "Changes of a rental request, a merge patch (RFC 7396): what is absent \
                           stays as it is, and null removes a value or restores its default. At \
                           most one of `venue_id`, `assignment_id` and `location` is set.";
        let example = json!({"budget": 1000, "reach_m": 6000, "title": null});
        let members = members(description, &point(false));
        members.examples([example]).into()
    }
}

impl ToSchema for RequestPatchBody {
    fn name() -> Cow<'static, str> {
        "RentalRequestPatch".into()
    }
}
