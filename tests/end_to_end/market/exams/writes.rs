//! Versions, repeated requests, lists and malformed bodies of universities, sessions and venues.

use serde_json::{Value, json};

use super::scene::{Scene, created, session, university, venue};
use crate::harness::day;
use crate::market::client::{count, header, rejected};

/// A path, a member of its body, a value as JSON, and the start of the message.
const INVALID: &[(&str, &str, &str, &str)] = &[
    (
        "/universities",
        "name",
        "\"\"",
        "name must be a line of 1 to 300",
    ),
    (
        "/universities",
        "state",
        "5",
        "state must be a line of 1 to 200",
    ),
    (
        "/universities",
        "aliases",
        "\"MU\"",
        "aliases must be a list of",
    ),
    (
        "/universities",
        "country_code",
        "\"ind\"",
        "country_code must be a code",
    ),
    (
        "/universities",
        "status",
        "\"gone\"",
        "status must be one of active",
    ),
    (
        "/universities",
        "citty",
        "\"X\"",
        "there is no parameter \"citty\"",
    ),
    (
        "/exam-sessions",
        "starts_on",
        "\"3.5.2027\"",
        "starts_on must be a date",
    ),
    (
        "/exam-sessions",
        "starts_on",
        "20270503",
        "starts_on must be a date",
    ),
    (
        "/exam-sessions",
        "ends_on",
        "\"2001-01-01\"",
        "ends_on must be 20",
    ),
    (
        "/exam-sessions",
        "name",
        "\"a\\nb\"",
        "name must be a line of 1 to 300",
    ),
    (
        "/exam-sessions",
        "university_id",
        "\"00000000-0000-7000-8000-000000000001\"",
        "university_id must be the id",
    ),
    (
        "/exam-sessions",
        "university_id",
        "\"x\"",
        "university_id must be an id",
    ),
    (
        "/exam-sessions",
        "university_id",
        "null",
        "university_id must be the id",
    ),
    (
        "/venues",
        "kind",
        "\"collage\"",
        "kind must be one of university",
    ),
    (
        "/venues",
        "seats",
        "0",
        "seats must be a whole number from 1",
    ),
    (
        "/venues",
        "location",
        "[72, 19]",
        "location must be an object",
    ),
    (
        "/venues",
        "location",
        "{\"lat\": 91, \"lng\": 0}",
        "location.lat must be",
    ),
    (
        "/venues",
        "location",
        "{\"lat\": 19}",
        "location.lng must be",
    ),
    (
        "/venues",
        "university_id",
        "\"00000000-0000-7000-8000-000000000001\"",
        "university_id must be the id",
    ),
];

#[tokio::test]
async fn a_change_names_the_version_that_it_has_seen_and_one_without_a_difference_writes_nothing() {
    let scene = Scene::start().await;
    let (session, venue) = (
        scene.session(30, 32).await,
        scene.venue("Ruia College").await,
    );
    for (path, change, same) in [
        (
            format!("/universities/{}", scene.university),
            json!({"aliases": ["MU"]}),
            json!({"aliases": ["MU", "MU"], "city": " Mumbai "}),
        ),
        (
            format!("/exam-sessions/{session}"),
            json!({"name": "Autumn"}),
            json!({"name": "Autumn", "status": null}),
        ),
        (
            format!("/venues/{venue}"),
            json!({"location": {"lat": 19.5}, "address": "Dadar"}),
            json!({"location": {"lat": 19.5}, "status": "active", "seats": null}),
        ),
    ] {
        let send = async |tag: &str, body: &Value| {
            let headers = [("if-match", tag)];
            let body = Some(body.to_string());
            scene.official.send("PATCH", &path, &headers, body).await
        };
        let changed = send("\"1\"", &change).await;
        assert_eq!(changed.status, 200, "{}", changed.json);
        assert_eq!(header(&changed, "etag"), "\"2\"");
        let events = count(&scene.database, "events").await;
        let unchanged = send("\"2\"", &same).await;
        assert_eq!(unchanged.status, 200, "{}", unchanged.json);
        assert_eq!(header(&unchanged, "etag"), "\"2\"");
        header(&unchanged, "roost-position");
        rejected(&send("\"1\"", &change).await, 412, "precondition_failed");
        assert_eq!(count(&scene.database, "events").await, events);
    }
    for kind in ["university", "exam_session", "venue"] {
        let changed = format!("events WHERE kind = '{kind}.changed'");
        assert_eq!(count(&scene.database, &changed).await, 1, "{kind}");
    }
}

#[tokio::test]
async fn a_repeated_request_creates_one_row_and_names_its_path() {
    let scene = Scene::start().await;
    for path in ["/universities", "/exam-sessions", "/venues"] {
        let body = body_of(path, &scene);
        let key = format!("key of {path}");
        let send = async || {
            let headers = [("idempotency-key", &*key)];
            let body = Some(body.to_string());
            scene.admin.send("POST", path, &headers, body).await
        };
        let (first, second) = (send().await, send().await);
        assert_eq!((first.status, second.status), (201, 201), "{}", first.json);
        assert_eq!(first.json, second.json);
        assert_eq!(header(&second, "idempotency-replayed"), "true");
        let id = first.json["data"]["id"].as_str().unwrap();
        assert_eq!(header(&first, "location"), format!("/api/v1{path}/{id}"));
    }
}

#[tokio::test]
async fn lists_are_filtered_and_go_on_with_their_cursor() {
    let scene = Scene::start().await;
    for number in 0..5 {
        scene.venue(&format!("Venue {number}")).await;
    }
    let mut elsewhere = venue("Elsewhere");
    elsewhere["city"] = json!("Pune");
    elsewhere["status"] = json!("inactive");
    created(&scene.admin, "/venues", &elsewhere).await;
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/venues?limit=2&city=mumbai{cursor}");
        let reply = scene.official.get(&path).await;
        let page = reply.json["data"].as_array().unwrap().clone();
        names.extend(
            page.iter()
                .map(|it| it["name"].as_str().unwrap().to_owned()),
        );
        match reply.json["meta"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let newest_first: Vec<String> = (0..5).rev().map(|n| format!("Venue {n}")).collect();
    assert_eq!(names, newest_first);
    let total = async |path: String| {
        let reply = scene.official.get(&path).await;
        assert_eq!(reply.status, 200, "{}", reply.json);
        reply.json["data"].as_array().unwrap().len()
    };
    let (own, other) = (&scene.university, &scene.other_university);
    scene.session(10, 20).await;
    for (path, expected) in [
        (format!("/venues?university={own}"), 5),
        (format!("/venues?university={other}"), 0),
        ("/venues?status=inactive".to_owned(), 1),
        ("/venues?country_code=DE".to_owned(), 0),
        ("/universities?city=PUNE".to_owned(), 1),
        ("/universities?status=inactive".to_owned(), 0),
        (format!("/exam-sessions?university={own}"), 1),
        (format!("/exam-sessions?university={other}"), 0),
        (format!("/exam-sessions?from={}", day(20)), 1),
        (format!("/exam-sessions?from={}", day(21)), 0),
        (format!("/exam-sessions?until={}", day(10)), 1),
        (format!("/exam-sessions?until={}", day(9)), 0),
    ] {
        assert_eq!(total(path.clone()).await, expected, "{path}");
    }
    for path in [
        "/exam-sessions?from=2027-02-30",
        "/venues?cursor=5",
        "/universities?status=gone",
        "/venues?limit=101",
        "/venues?city=%00",
        "/venues?country_code=in",
        "/universities?city=a%0Ab",
        "/universities?country_code=%00%00",
    ] {
        rejected(&scene.official.get(path).await, 400, "invalid_parameter");
    }
}

#[tokio::test]
async fn a_malformed_body_is_rejected_by_name_and_writes_nothing() {
    let scene = Scene::start().await;
    let events = count(&scene.database, "events").await;
    for (path, member, value, start) in INVALID {
        let mut body = body_of(path, &scene);
        body[member] = serde_json::from_str(value).unwrap();
        let reply = scene.admin.post(path, body).await;
        assert_eq!(reply.status, 400, "{}", reply.json);
        let message = reply.json["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(start), "{message}");
    }
    for (path, required) in [
        ("/universities", ["name", "country_code"]),
        ("/exam-sessions", ["starts_on", "ends_on"]),
        ("/venues", ["kind", "location"]),
    ] {
        for member in required {
            let mut body = body_of(path, &scene);
            body.as_object_mut().unwrap().remove(member);
            let reply = scene.admin.post(path, body).await;
            assert_eq!(rejected(&reply, 400, "missing_parameter")["field"], member);
        }
    }
    assert_eq!(count(&scene.database, "events").await, events);
}

/// A body that a path accepts.
fn body_of(path: &str, scene: &Scene) -> Value {
    match path {
        "/universities" => university("Nagpur"),
        "/exam-sessions" => with_university(session(1, 2), scene),
        _ => venue("Test centre"),
    }
}

fn with_university(mut session: Value, scene: &Scene) -> Value {
    session["university_id"] = json!(scene.university);
    session
}
