//! Malformed rooms: each error names field, value and what was expected, and nothing is written.

use serde_json::{Value, json};

use super::client::{count, landlord_and_admin, rejected, room};

/// A member of a room, a value as JSON, and the start of the message.
const INVALID: &[(&str, &str, &str)] = &[
    (
        "title",
        "null",
        "title must be a line of 1 to 300 characters, not \"null\"",
    ),
    (
        "title",
        "\"\"",
        "title must be a line of 1 to 300 characters, not \"\"",
    ),
    ("title", "\"a\\nb\"", "title must be a line of 1 to 300"),
    (
        "title",
        "7",
        "title must be a line of 1 to 300 characters, not \"7\"",
    ),
    (
        "description",
        "\"a\\u0000b\"",
        "description must be a text of at most 20000",
    ),
    (
        "country_code",
        "\"in\"",
        "country_code must be a code of ISO 3166",
    ),
    (
        "currency",
        "\"RUPEE\"",
        "currency must be a code of ISO 4217",
    ),
    ("location", "null", "location must be an object such as"),
    (
        "location",
        "[72.9, 19.1]",
        "location must be an object such as",
    ),
    (
        "location",
        "{\"lat\": 91, \"lng\": 0}",
        "location.lat must be a number of degrees from -90 to 90",
    ),
    (
        "location",
        "{\"lat\": \"19\", \"lng\": 0}",
        "location: lat must be a number of degrees",
    ),
    (
        "location",
        "{\"latt\": 19, \"lng\": 0}",
        "location: there is no parameter \"latt\" here; did you mean lat?",
    ),
    (
        "price",
        "-1",
        "price must be a number from 0 to 9999999999.99",
    ),
    (
        "price",
        "1e10",
        "price must be a number from 0 to 9999999999.99",
    ),
    (
        "price",
        "0.001",
        "price must be a number from 0 to 9999999999.99",
    ),
    (
        "price",
        "\"850\"",
        "price must be a number from 0 to 9999999999.99",
    ),
    (
        "occupancy",
        "0",
        "occupancy must be a whole number from 1 to 100, not \"0\"",
    ),
    (
        "occupancy",
        "2.5",
        "occupancy must be a whole number from 1 to 100, not \"2.5\"",
    ),
    (
        "occupancy",
        "null",
        "occupancy must be a whole number from 1 to 100, not \"null\"",
    ),
    (
        "room_type",
        "\"private_rom\"",
        "room_type must be one of entire_place, private_room",
    ),
    (
        "amenities",
        "\"wifi\"",
        "amenities must be a list of any of",
    ),
    ("amenities", "[\"wi-fi\"]", "amenities must be one of"),
    ("amenities", "[null]", "amenities must be a list of any of"),
    (
        "minimum_nights",
        "10001",
        "minimum_nights must be a whole number from 1 to 10000",
    ),
    ("floor", "201", "floor must be a whole number from 0 to 200"),
    (
        "status",
        "\"listed\"",
        "there is no parameter \"status\" here",
    ),
    (
        "occupanzy",
        "2",
        "there is no parameter \"occupanzy\" here; did you mean occupancy?",
    ),
];

#[tokio::test]
async fn an_invalid_member_is_rejected_by_name_and_nothing_is_written() {
    let (database, _node, landlord, _admin) = landlord_and_admin().await;
    let id = landlord.create(&room()).await;
    let events = count(&database, "events").await;
    for (member, value, start) in INVALID {
        let value: Value = serde_json::from_str(value).unwrap();
        let mut body = room();
        body[member] = value.clone();
        let create = landlord.post("/rooms", body).await;
        let patch = landlord
            .patch(&format!("/rooms/{id}"), json!({(*member): value}))
            .await;
        for reply in [create, patch] {
            assert_eq!(reply.status, 400, "{member} {value}: {}", reply.json);
            let error = &reply.json["error"];
            let message = error["message"].as_str().unwrap();
            assert!(message.starts_with(start), "{message}");
            assert!(
                error["field"].as_str().unwrap().starts_with(member),
                "{error}"
            );
            assert!(error["expected"].is_string(), "{error}");
        }
    }
    let mut incomplete = room();
    incomplete.as_object_mut().unwrap().remove("currency");
    let error = landlord.post("/rooms", incomplete).await;
    assert_eq!(
        rejected(&error, 400, "missing_parameter")["field"],
        "currency"
    );
    let mut long = room();
    long["description"] = json!("ä".repeat(20_001));
    rejected(
        &landlord.post("/rooms", long).await,
        400,
        "invalid_parameter",
    );
    assert_eq!(count(&database, "events").await, events);
    assert_eq!(count(&database, "rooms").await, 1);
}

#[tokio::test]
async fn a_body_of_another_kind_or_size_is_rejected() {
    let (database, node, landlord, admin) = landlord_and_admin().await;
    let id = landlord.create(&room()).await;
    let path = format!("/rooms/{id}");
    for body in [
        "",
        "[]",
        "null",
        "{",
        "{\"price\": 1} {}",
        "{\"price\": 1, \"price\": 2}",
    ] {
        for (method, path) in [("POST", "/rooms"), ("PATCH", path.as_str())] {
            let reply = landlord
                .send(method, path, &[], Some(body.to_owned()))
                .await;
            assert_eq!(reply.status, 400, "{body}: {}", reply.json);
        }
    }
    let large = Some(json!({"description": "a".repeat(10_000_000)}).to_string());
    let reply = landlord.send("PATCH", &path, &[], large).await;
    rejected(&reply, 413, "body_too_large");
    for media_type in ["text/plain", "application/json-patch+json", ""] {
        let headers = [("content-type", media_type)];
        let reply = landlord
            .send("PATCH", &path, &headers, Some("{}".to_owned()))
            .await;
        rejected(&reply, 415, "unsupported_media_type");
    }
    let merge_patch = [("content-type", "application/merge-patch+json")];
    let reply = landlord
        .send("POST", "/rooms", &merge_patch, Some("{}".to_owned()))
        .await;
    rejected(&reply, 415, "unsupported_media_type");
    let reply = landlord.patch("/rooms/7", json!({})).await;
    assert_eq!(rejected(&reply, 400, "invalid_parameter")["field"], "id");
    let reply = landlord.patch(&format!("{path}?price=1"), json!({})).await;
    rejected(&reply, 400, "unknown_parameter");
    landlord.post(&format!("{path}/submit"), json!({})).await;
    for reason in [
        json!({}),
        json!({"reason": ""}),
        json!({"reason": "a".repeat(1001)}),
    ] {
        let reply = admin.post(&format!("{path}/reject"), reason).await;
        assert_eq!(reply.status, 400, "{}", reply.json);
        assert_eq!(reply.json["error"]["field"], "reason");
    }
    assert_eq!(
        count(&database, "rooms WHERE status = 'submitted'").await,
        1
    );
    assert_eq!(node.get("/health/ready").await.0, 200);
}

#[tokio::test]
async fn a_body_that_is_no_text_or_no_json_is_rejected_and_nothing_is_written() {
    let (database, node, landlord, _admin) = landlord_and_admin().await;
    let id = landlord.create(&room()).await;
    let (events, path) = (count(&database, "events").await, format!("/rooms/{id}"));
    let utf_16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let nested = [b"{\"title\": ".to_vec(), b"[".repeat(100_000)].concat();
    for body in [
        b"{\"title\": \"\xff\xfe\"}".to_vec(),
        b"{\"title\": \"\xed\xa0\x80\"}".to_vec(),
        b"{\"\xc3\x28\": 1}".to_vec(),
        br#"{"title": "\ud800"}"#.to_vec(),
        br#"{"title": "\ud800\u0041"}"#.to_vec(),
        br#"{"title": "a\u0000b"}"#.to_vec(),
        br#"{"description": "a\u0000b"}"#.to_vec(),
        br#"{"city": "\u0000"}"#.to_vec(),
        br#"{"landlord_id": "\u0000"}"#.to_vec(),
        br#"{"\u0000": 1}"#.to_vec(),
        br#"{"price": 1e400}"#.to_vec(),
        br#"{"price": -1e-400, "floor": 1e19}"#.to_vec(),
        br#"{"price": NaN}"#.to_vec(),
        br#"{"location": {"lat": 1e308, "lng": -1e308}}"#.to_vec(),
        br#"{"occupancy": 99999999999999999999999999}"#.to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"\0".to_vec(),
        utf_16,
        nested,
    ] {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        for (method, path) in [("POST", "/rooms"), ("PATCH", path.as_str())] {
            let sent = Some(body.clone());
            let reply = landlord.send_bytes(method, path, &[], sent).await;
            assert_eq!(reply.status, 400, "{method} {shown}: {}", reply.json);
            assert_eq!(reply.json["success"], false, "{method} {shown}");
            assert!(reply.json["error"]["message"].is_string(), "{shown}");
        }
    }
    assert_eq!(count(&database, "events").await, events);
    assert_eq!(count(&database, "rooms").await, 1);
    assert_eq!(node.get("/health/ready").await.0, 200);
}
