//! The bodies that create and change rooms.
//!
//! Names, types and descriptions follow from the declaration of rooms, and the accepted values from
//! the fields of the market.

use std::borrow::Cow;

use roost_collections::rooms::DECLARATION;
use roost_market::fields::{COUNTRY_CODE, location_expected};
use roost_market::rooms::fields::{
    ADDRESS, CITY, CURRENCY, DESCRIPTION_EXPECTED, FLOOR, LOCALITY, MINIMUM_NIGHTS, OCCUPANCY,
    POSTAL_CODE, PRICE_EXPECTED, TITLE,
};
use roost_market::rooms::{NewRoom, RoomPatch};
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::collections::document::document_schema;
use crate::http::error::ApiError;
use crate::params::object::JsonObject;
use crate::params::patch::{Member, location, name, names};
use crate::params::scalar::{Id, Scalar, one_of};

/// The members that a landlord writes.
const MEMBERS: [&str; 15] = [
    "title",
    "description",
    "address",
    "locality",
    "city",
    "postal_code",
    "country_code",
    "location",
    "price",
    "currency",
    "occupancy",
    "room_type",
    "amenities",
    "minimum_nights",
    "floor",
];

/// Those without a default.
const REQUIRED: [&str; 6] = [
    "title",
    "country_code",
    "location",
    "currency",
    "occupancy",
    "room_type",
];

const LANDLORD_ID: &str = "landlord_id";

/// A new room, as the OpenAPI document describes it.
pub(crate) struct NewRoomBody;

/// Changes of a room, as the OpenAPI document describes them.
pub(crate) struct RoomPatchBody;

/// Reads a new room.
pub(super) fn read_new_room(body: &[u8]) -> Result<NewRoom, ApiError> {
    let known = [&MEMBERS[..], &[LANDLORD_ID]].concat();
    let mut object = JsonObject::parse(body, &known)?;
    let landlord_id = object.text(LANDLORD_ID, "an id")?;
    let landlord_id = landlord_id.map(|id| match Id.parse(&id) {
        Ok(id) => Ok(id),
        Err(_) => Err(ApiError::parameter(LANDLORD_ID, &id, Id.expected())),
    });
    for required in REQUIRED {
        object.require(required, || expected(required))?;
    }
    Ok(NewRoom {
        landlord_id: landlord_id.transpose()?,
        details: read_members(&mut object)?,
    })
}

/// Reads changes of a room.
pub(super) fn read_room_patch(body: &[u8]) -> Result<RoomPatch, ApiError> {
    read_members(&mut JsonObject::parse(body, &MEMBERS)?)
}

fn read_members(object: &mut JsonObject) -> Result<RoomPatch, ApiError> {
    let member = |name| Member::new(name, expected(name));
    Ok(RoomPatch {
        title: member("title").text(object)?,
        description: member("description").text(object)?,
        address: member("address").text(object)?,
        locality: member("locality").text(object)?,
        city: member("city").text(object)?,
        postal_code: member("postal_code").text(object)?,
        country_code: member("country_code").text(object)?,
        location: location(object)?,
        price: member("price").number(object)?,
        currency: member("currency").text(object)?,
        occupancy: member("occupancy").whole(object)?,
        room_type: name(object, "room_type", DECLARATION.field("room_type").names())?,
        amenities: names(object, "amenities", DECLARATION.field("amenities").names())?,
        minimum_nights: member("minimum_nights").whole(object)?,
        floor: member("floor").whole(object)?,
    })
}

/// What a member is, for an error.
fn expected(member: &str) -> String {
    match member {
        "title" => TITLE.expected(),
        "description" => DESCRIPTION_EXPECTED.to_owned(),
        "address" => ADDRESS.expected(),
        "locality" => LOCALITY.expected(),
        "city" => CITY.expected(),
        "postal_code" => POSTAL_CODE.expected(),
        "country_code" => COUNTRY_CODE.expected.to_owned(),
        "location" => location_expected(),
        "price" => PRICE_EXPECTED.to_owned(),
        "currency" => CURRENCY.expected.to_owned(),
        "occupancy" => OCCUPANCY.expected(),
        "minimum_nights" => MINIMUM_NIGHTS.expected(),
        "floor" => FLOOR.expected(),
        member => one_of(DECLARATION.field(member).names().iter().copied()),
    }
}

/// The members of a body, described as those of a room.
fn members(description: &str) -> ObjectBuilder {
    let object = ObjectBuilder::new()
        .description(Some(description))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let RefOr::T(Schema::Object(room)) = document_schema(&DECLARATION) else {
        return object;
    };
    let described = room.properties.into_iter();
    described
        .filter(|(name, _)| MEMBERS.contains(&name.as_str()))
        .fold(object, |object, (name, schema)| {
            object.property(name, schema)
        })
}

/// A new room with all members.
fn example() -> Value {
    json!({
        "title": "Quiet room with a desk in Powai",
        "description": "First floor, facing the garden.",
        "address": "14 Hill Side Road",
        "locality": "Powai",
        "city": "Mumbai",
        "postal_code": "400076",
        "country_code": "IN",
        "location": {"lat": 19.1334, "lng": 72.9133},
        "price": 850.0,
        "currency": "INR",
        "occupancy": 2,
        "room_type": "private_room",
        "amenities": ["desk", "wifi"],
        "minimum_nights": 1,
        "floor": 1,
    })
}

impl PartialSchema for NewRoomBody {
    fn schema() -> RefOr<Schema> {
        let object = members("A new room.").property(LANDLORD_ID, Id.schema());
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
        members(description).examples([example]).into()
    }
}

impl ToSchema for RoomPatchBody {
    fn name() -> Cow<'static, str> {
        "RoomPatch".into()
    }
}

#[cfg(test)]
mod tests {
    use roost_market::Change;

    use super::*;

    #[test]
    fn the_example_of_a_new_room_is_read_with_every_member() {
        let new = read_new_room(example().to_string().as_bytes()).unwrap();
        let keys: Vec<String> = example().as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys.len(), MEMBERS.len());
        assert_eq!(new.details.floor, Change::Set(1));
        assert_eq!(new.details.price, Change::Set(850.0));
        let RefOr::T(Schema::Object(schema)) = NewRoomBody::schema() else {
            panic!("an object");
        };
        assert_eq!(schema.properties.len(), MEMBERS.len() + 1);
    }

    #[test]
    fn a_member_of_the_wrong_type_or_a_missing_one_is_rejected_by_name() {
        for (member, value) in [
            ("title", json!(5)),
            ("description", json!(["a"])),
            ("country_code", json!(91)),
            ("location", json!([72.9, 19.1])),
            ("price", json!("850")),
            ("occupancy", json!(2.5)),
            ("room_type", json!("private")),
            ("amenities", json!("wifi")),
            ("floor", json!(true)),
        ] {
            let mut body = example();
            body[member] = value;
            let error = read_new_room(body.to_string().as_bytes()).unwrap_err();
            let start = format!("{member} must be ");
            assert!(error.to_string().starts_with(&start), "{error}");
        }
        for member in REQUIRED {
            let mut body = example();
            body.as_object_mut().unwrap().remove(member);
            let error = read_new_room(body.to_string().as_bytes()).unwrap_err();
            let start = format!("{member} is missing: expected ");
            assert!(error.to_string().starts_with(&start), "{error}");
        }
    }
}
