//! Malformed rental requests: each error names field, value and what was expected, and nothing is
//! written.

use serde_json::{Value, json};

use crate::harness::{Roost, TestDatabase, day};
use crate::market::client::{Client, count, rejected, rental_request};

/// Members of a request that replace the usual ones, and the start of the message.
fn invalid() -> Vec<(Value, String)> {
    let owned = |(body, message): (Value, &str)| (body, message.to_owned());
    let fixed = [
        (json!({"budget": -1}), "budget must be a number from 0.01"),
        (json!({"budget": 0}), "budget must be a number from 0.01"),
        (
            json!({"budget": "900"}),
            "budget must be a number from 0.01",
        ),
        (
            json!({"reach_m": 200_001}),
            "reach_m must be a whole number from 100 to 200000",
        ),
        (
            json!({"reach_m": 99}),
            "reach_m must be a whole number from 100 to 200000",
        ),
        (
            json!({"occupants": 0}),
            "occupants must be a whole number from 1 to 100",
        ),
        (
            json!({"currency": "rupee"}),
            "currency must be a code of ISO 4217",
        ),
        (
            json!({"currency": null}),
            "currency must be a code of ISO 4217",
        ),
        (
            json!({"check_in": "2027-2-3"}),
            "check_in must be a date in the format YYYY-MM-DD",
        ),
        (
            json!({"check_in": null}),
            "check_in must be a date in the format YYYY-MM-DD",
        ),
        (
            json!({"required_amenities": ["wi-fi"]}),
            "required_amenities must be one of",
        ),
        (json!({"room_types": ["cave"]}), "room_types must be one of"),
    ];
    let named = fixed.into_iter().chain(invalid_places_and_texts());
    named.map(owned).chain(invalid_nights()).collect()
}

/// The same for places, texts and the end.
fn invalid_places_and_texts() -> Vec<(Value, &'static str)> {
    let unknown = "00000000-0000-7000-8000-0000000000ff";
    vec![
        (
            json!({"location": null}),
            "location must be an object such as",
        ),
        (
            json!({"location": {"lat": 91, "lng": 0}}),
            "location.lat must be a number of degrees",
        ),
        (
            json!({"location": {"lat": 9}}),
            "location.lng must be a number of degrees",
        ),
        (
            json!({"venue_id": unknown}),
            "venue_id must be sent without the others",
        ),
        (json!({"title": ""}), "title must be a line of 1 to 300"),
        (
            json!({"description": "a\u{0}"}),
            "description must be a text of at most 5000",
        ),
        (
            json!({"expires_at": "tomorrow"}),
            "expires_at must be a time in the format of RFC 3339",
        ),
        (
            json!({"expires_at": "2020-01-01T00:00:00Z"}),
            "expires_at must be a time after 20",
        ),
        (
            json!({"expires_at": "2990-01-01T00:00:00Z"}),
            "expires_at must be a time after 20",
        ),
        (
            json!({"colour": "red"}),
            "there is no parameter \"colour\" here",
        ),
    ]
}

/// The same for the dates.
fn invalid_nights() -> [(Value, String); 4] {
    [
        (
            json!({"check_in": day(-2).to_string(), "check_out": day(3).to_string()}),
            format!("check_in must be {} or later", day(-1)),
        ),
        (
            json!({"check_in": day(12).to_string(), "check_out": day(10).to_string()}),
            format!(
                "check_out must be 1 to 366 days after check_in, which is {}",
                day(12)
            ),
        ),
        (
            json!({"check_in": day(12).to_string(), "check_out": day(12).to_string()}),
            "check_out must be 1 to 366 days after".to_owned(),
        ),
        (
            json!({"check_out": day(10 + 367).to_string()}),
            "check_out must be 1 to 366 days after".to_owned(),
        ),
    ]
}

#[tokio::test]
async fn an_invalid_request_names_what_is_wrong_and_writes_nothing() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let student = Client::student(&node, "ravi@example.com").await;
    let created = student.post("/requests", rental_request()).await;
    let path = format!("/requests/{}", created.json["data"]["id"].as_str().unwrap());
    let events = count(&database, "events").await;
    for (members, message) in invalid() {
        let mut body = rental_request();
        let more = members.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        let reply = student.post("/requests", body).await;
        assert_eq!(reply.status, 400, "{members}: {}", reply.json);
        let error = &reply.json["error"];
        let text = error["message"].as_str().unwrap();
        assert!(text.starts_with(&message), "{members}: {text}");
        if members.get("colour").is_none() {
            let field = error["field"].as_str().unwrap();
            assert!(text.starts_with(field), "{error}");
        }
        // The same members are as wrong in a change, unless it is one of the place alone.
        if members.get("venue_id").is_none() && members["location"].get("lat").is_none() {
            let reply = student.patch(&path, members.clone()).await;
            assert_eq!(reply.status, 400, "{members}: {}", reply.json);
        }
    }
    assert_eq!(count(&database, "requests").await, 1);
    assert_eq!(count(&database, "events").await, events);
}

#[tokio::test]
async fn an_unknown_venue_or_assignment_and_a_request_without_a_place_or_nights_are_rejected() {
    let database = TestDatabase::create().await;
    let node = Roost::start(&database).await;
    let student = Client::student(&node, "ravi@example.com").await;
    let unknown = "00000000-0000-7000-8000-0000000000ff";
    let without = |names: &[&str]| {
        let mut body = rental_request();
        body.as_object_mut()
            .unwrap()
            .retain(|name, _| !names.contains(&name.as_str()));
        body
    };
    let place = ["location", "city"];
    let mut venue = without(&place);
    venue["venue_id"] = json!(unknown);
    let mut assignment = without(&place);
    assignment["assignment_id"] = json!(unknown);
    let mut city = without(&["location"]);
    city["venue_id"] = json!(unknown);
    for (body, code, message) in [
        (
            venue,
            "invalid_parameter",
            "venue_id must be the id of an active venue",
        ),
        (
            assignment,
            "invalid_parameter",
            "assignment_id must be the id of an assignment of the",
        ),
        (
            city,
            "invalid_parameter",
            "venue_id must be the id of an active venue",
        ),
        (
            without(&place),
            "invalid_parameter",
            "venue_id must be sent without the others",
        ),
        (
            without(&["check_in"]),
            "missing_parameter",
            "check_in is missing",
        ),
        (
            without(&["currency"]),
            "missing_parameter",
            "currency is missing",
        ),
    ] {
        let reply = student.post("/requests", body).await;
        let error = rejected(&reply, 400, code);
        let text = error["message"].as_str().unwrap();
        assert!(text.starts_with(message), "{text}");
    }
    // The closest known amenity is named.
    let mut body = rental_request();
    body["preferred_amenities"] = json!(["refrigrator"]);
    let reply = student.post("/requests", body).await;
    let text = rejected(&reply, 400, "invalid_parameter")["message"].to_string();
    assert!(text.contains("did you mean refrigerator?"), "{text}");
    assert_eq!(count(&database, "requests").await, 0);
}
