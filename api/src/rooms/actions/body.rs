//! Reads the bodies that create and change rooms.

use roost_collections::rooms::DECLARATION;
use roost_market::fields::{COUNTRY_CODE, location_expected};
use roost_market::rooms::fields::{
    ADDRESS, CITY, CURRENCY, DESCRIPTION_EXPECTED, FLOOR, LOCALITY, MINIMUM_NIGHTS, OCCUPANCY,
    POSTAL_CODE, PRICE_EXPECTED, TITLE,
};
use roost_market::rooms::{NewRoom, RoomPatch};
use serde_json::{Value, json};

use crate::http::error::ApiError;
use crate::params::object::JsonObject;
use crate::params::patch::{Member, location, name, names};
use crate::params::scalar::{Id, Scalar, one_of};

/// The members that a landlord writes.
pub(super) const MEMBERS: [&str; 15] = [
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
pub(super) const REQUIRED: [&str; 6] = [
    "title",
    "country_code",
    "location",
    "currency",
    "occupancy",
    "room_type",
];

pub(super) const LANDLORD_ID: &str = "landlord_id";

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

/// A new room with all members, for the OpenAPI document.
pub(super) fn example() -> Value {
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

#[cfg(test)]
mod tests {
    use roost_market::Change;

    use super::*;

    #[test]
    fn the_example_of_a_new_room_is_read_with_every_member() {
        let new = read_new_room(example().to_string().as_bytes()).unwrap();
        assert_eq!(example().as_object().unwrap().len(), MEMBERS.len());
        assert_eq!(new.details.floor, Change::Set(1));
        assert_eq!(new.details.price, Change::Set(850.0));
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
