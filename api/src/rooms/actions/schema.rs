//! The bodies that create and change rooms, as the OpenAPI document describes them.
//!
//! Names, types and descriptions follow from the declaration of rooms, and the accepted values from
//! the fields of the market.

use std::borrow::Cow;

use roost_collections::rooms::DECLARATION;
use roost_market::fields::COUNTRY_CODE;
use roost_market::rooms::fields::{
    ADDRESS, CITY, CURRENCY, DESCRIPTION_CHARS_MAX, FLOOR, LOCALITY, MINIMUM_NIGHTS, OCCUPANCY,
    POSTAL_CODE, PRICE_MAX, TITLE,
};
use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType,
    Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::body::{LANDLORD_ID, MEMBERS, REQUIRED, example};
use crate::collections::document::document_schema;
use crate::http::schema::{TEXT_PATTERN, code, line, or_null, point, whole};

/// A new room.
pub(crate) struct NewRoomBody;

/// Changes of a room.
pub(crate) struct RoomPatchBody;

/// The members of a body, described as those of a room.
fn members(description: &str, location: &Schema) -> ObjectBuilder {
    let object = ObjectBuilder::new()
        .description(Some(description))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let RefOr::T(Schema::Object(room)) = document_schema(&DECLARATION) else {
        return object;
    };
    let described = room.properties.into_iter();
    described
        .filter(|(name, _)| MEMBERS.contains(&name.as_str()))
        .fold(object, |object, (name, schema)| match schema {
            RefOr::T(schema) if name != "location" => {
                let schema = accepted(&name, schema);
                object.property(name, schema)
            }
            _ => object.property(name, location.clone()),
        })
}

/// The schema of a member with the values that the market accepts.
fn accepted(name: &str, schema: Schema) -> Schema {
    let is_nullable = !REQUIRED.contains(&name);
    match schema {
        Schema::Object(mut object) => {
            restrict(name, &mut object);
            object.schema_type = or_null(&object.schema_type, is_nullable);
            Schema::Object(object)
        }
        Schema::Array(mut array) => {
            array.schema_type = or_null(&array.schema_type, is_nullable);
            Schema::Array(array)
        }
        schema => schema,
    }
}

fn restrict(name: &str, object: &mut Object) {
    match name {
        "title" => line(object, &TITLE),
        "address" => line(object, &ADDRESS),
        "locality" => line(object, &LOCALITY),
        "city" => line(object, &CITY),
        "postal_code" => line(object, &POSTAL_CODE),
        "description" => {
            object.max_length = Some(DESCRIPTION_CHARS_MAX);
            object.pattern = Some(TEXT_PATTERN.to_owned());
        }
        "country_code" => code(object, &COUNTRY_CODE),
        "currency" => code(object, &CURRENCY),
        "price" => {
            object.minimum = Some(0.into());
            object.maximum = Some(PRICE_MAX.into());
            object.multiple_of = Some(0.01.into());
        }
        "occupancy" => whole(object, &OCCUPANCY),
        "minimum_nights" => whole(object, &MINIMUM_NIGHTS),
        "floor" => whole(object, &FLOOR),
        // The declaration lists the names of the others.
        _ => {}
    }
}

impl PartialSchema for NewRoomBody {
    fn schema() -> RefOr<Schema> {
        let landlord_id = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .description(Some("Whose room it is, if an admin creates it."));
        let object = members("A new room.", &point(true)).property(LANDLORD_ID, landlord_id);
        let object = REQUIRED.into_iter().fold(object, ObjectBuilder::required);
        object.examples([example()]).into()
    }
}

impl ToSchema for NewRoomBody {
    fn name() -> Cow<'static, str> {
        "NewRoom".into()
    }
}

impl PartialSchema for RoomPatchBody {
    fn schema() -> RefOr<Schema> {
        let description = "Changes of a room, a merge patch (RFC 7396): what is absent stays as it \
                           is, and null removes a value or restores its default.";
        let example = json!({"price": 900, "floor": null, "location": {"lat": 19.1335}});
        let members = members(description, &point(false));
        members.examples([example]).into()
    }
}

impl ToSchema for RoomPatchBody {
    fn name() -> Cow<'static, str> {
        "RoomPatch".into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_new_room_is_described_with_every_member_and_null_where_a_value_can_be_removed() {
        let new = serde_json::to_value(NewRoomBody::schema()).unwrap();
        let properties = &new["properties"];
        assert_eq!(properties.as_object().unwrap().len(), MEMBERS.len() + 1);
        assert_eq!(properties["title"]["maxLength"], 300);
        assert_eq!(properties["price"]["maximum"], 9_999_999_999.99);
        assert_eq!(properties["floor"]["type"], json!(["integer", "null"]));
        assert_eq!(properties["amenities"]["type"], json!(["array", "null"]));
        for required in REQUIRED {
            assert!(properties[required]["type"].is_string(), "{required}");
        }
        let patch = serde_json::to_value(RoomPatchBody::schema()).unwrap();
        assert_eq!(patch["required"], Value::Null);
        assert_eq!(patch["properties"]["location"]["required"], Value::Null);
    }
}
