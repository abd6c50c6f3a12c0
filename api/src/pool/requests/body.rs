//! Reads the bodies that create and change rental requests.

use roost_collections::requests::DECLARATION;
use roost_market::fields::{Day, location_expected};
use roost_market::pool::requests::fields::{
    BUDGET_EXPECTED, CITY, CURRENCY, DESCRIPTION_EXPECTED, EXPIRES_AT_EXPECTED, OCCUPANTS, REACH_M,
    TITLE,
};
use roost_market::pool::requests::{NewRequest, PlacePatch, RequestPatch};
use serde_json::{Value, json};

use crate::http::error::ApiError;
use crate::params::object::JsonObject;
use crate::params::patch::{Member, location, names};
use crate::params::scalar::{Id, Scalar};

/// The members that a student writes.
pub(super) const MEMBERS: [&str; 16] = [
    "venue_id",
    "assignment_id",
    "location",
    "city",
    "title",
    "description",
    "reach_m",
    "check_in",
    "check_out",
    "occupants",
    "budget",
    "currency",
    "required_amenities",
    "preferred_amenities",
    "room_types",
    "expires_at",
];

pub(super) const ASSIGNMENT_ID: &str = "assignment_id";
pub(super) const CURRENCY_NAME: &str = "currency";
pub(super) const STUDENT_ID: &str = "student_id";

/// Reads a new request.
pub(super) fn read_new_request(body: &[u8]) -> Result<NewRequest, ApiError> {
    let known = [&MEMBERS[..], &[STUDENT_ID]].concat();
    let mut object = JsonObject::parse(body, &known)?;
    let student_id = object.text(STUDENT_ID, "an id")?;
    let student_id = student_id.map(|id| match Id.parse(&id) {
        Ok(id) => Ok(id),
        Err(_) => Err(ApiError::parameter(STUDENT_ID, &id, Id.expected())),
    });
    object.require(CURRENCY_NAME, || CURRENCY.expected.to_owned())?;
    // An assignment says for which nights.
    let has_nights = object.require(ASSIGNMENT_ID, String::new).is_ok();
    for date in ["check_in", "check_out"]
        .into_iter()
        .filter(|_| !has_nights)
    {
        object.require(date, || Day::EXPECTED.to_owned())?;
    }
    Ok(NewRequest {
        student_id: student_id.transpose()?,
        details: read_members(&mut object)?,
    })
}

/// Reads changes of a request.
pub(super) fn read_request_patch(body: &[u8]) -> Result<RequestPatch, ApiError> {
    read_members(&mut JsonObject::parse(body, &MEMBERS)?)
}

fn read_members(object: &mut JsonObject) -> Result<RequestPatch, ApiError> {
    let member = |name| Member::new(name, expected(name));
    let vocabulary = |name| DECLARATION.field(name).names();
    Ok(RequestPatch {
        place: PlacePatch {
            venue_id: Member::id("venue_id", object)?,
            assignment_id: Member::id(ASSIGNMENT_ID, object)?,
            location: location(object)?,
        },
        city: member("city").text(object)?,
        title: member("title").text(object)?,
        description: member("description").text(object)?,
        reach_m: member("reach_m").whole(object)?,
        check_in: member("check_in").text(object)?,
        check_out: member("check_out").text(object)?,
        occupants: member("occupants").whole(object)?,
        budget: member("budget").number(object)?,
        currency: member(CURRENCY_NAME).text(object)?,
        required_amenities: names(
            object,
            "required_amenities",
            vocabulary("required_amenities"),
        )?,
        preferred_amenities: names(
            object,
            "preferred_amenities",
            vocabulary("preferred_amenities"),
        )?,
        room_types: names(object, "room_types", vocabulary("room_types"))?,
        expires_at: member("expires_at").text(object)?,
    })
}

/// What a member is, for an error.
fn expected(member: &str) -> String {
    match member {
        "location" => location_expected(),
        "city" => CITY.expected(),
        "title" => TITLE.expected(),
        "description" => DESCRIPTION_EXPECTED.to_owned(),
        "reach_m" => REACH_M.expected(),
        "occupants" => OCCUPANTS.expected(),
        "budget" => BUDGET_EXPECTED.to_owned(),
        "currency" => CURRENCY.expected.to_owned(),
        "expires_at" => EXPIRES_AT_EXPECTED.to_owned(),
        _ => Day::EXPECTED.to_owned(),
    }
}

/// A new request, for the OpenAPI document.
pub(super) fn example() -> Value {
    json!({
        "location": {"lat": 19.1334, "lng": 72.9133},
        "city": "Mumbai",
        "title": "Quiet room near Powai for an exam",
        "description": "We arrive late in the evening.",
        "reach_m": 4000,
        "check_in": "2027-05-02",
        "check_out": "2027-05-05",
        "occupants": 2,
        "budget": 900.0,
        "currency": "INR",
        "required_amenities": ["wifi"],
        "preferred_amenities": ["desk", "quiet"],
        "room_types": ["private_room", "entire_place"],
    })
}
