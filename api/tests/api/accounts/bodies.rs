//! The routes of accounts, as far as they need no database.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::service::{Service, rejected};

#[tokio::test]
async fn a_route_of_the_signed_in_user_rejects_an_anonymous_caller_and_an_invalid_token() {
    let service = Service::start();
    for authorization in [
        None,
        Some("Bearer"),
        Some("Bearer "),
        Some("Bearer x.y.z"),
        Some("Basic YTpi"),
        Some("Token abc"),
    ] {
        let mut request = Request::get("/api/v1/auth/me");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let reply = service.send(request.body(Body::empty()).unwrap()).await;
        rejected(&reply, 401, "unauthorized");
        assert_eq!(reply.headers["www-authenticate"], "Bearer");
    }
    let two = Request::get("/api/v1/auth/me")
        .header("authorization", "Bearer a.b.c")
        .header("authorization", "Bearer a.b.c");
    let reply = service.send(two.body(Body::empty()).unwrap()).await;
    rejected(&reply, 401, "unauthorized");
}

#[tokio::test]
async fn every_route_reads_the_members_that_the_document_lists_and_its_example_is_complete() {
    let service = Service::start();
    let document = serde_json::to_value(roost_api::openapi()).unwrap();
    let mut checked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let operation = &item["post"];
        let content = &operation["requestBody"]["content"]["application/json"]["schema"];
        // A signed-in user is needed before the body is read.
        let is_anonymous = operation["security"].is_null();
        if !path.starts_with("/api/v1/auth/") || content.is_null() || !is_anonymous {
            continue;
        }
        let pointer = content["$ref"].as_str().unwrap().trim_start_matches('#');
        let schema = document.pointer(pointer).unwrap();
        let listed: BTreeSet<&str> = keys(&schema["properties"]);
        let reply = service.post(path, json!({"no-such": 1}).to_string()).await;
        let error = rejected(&reply, 400, "unknown_parameter");
        let expected = error["expected"].as_str().unwrap();
        let names = expected.strip_prefix("one of ").unwrap_or(expected);
        assert_eq!(names.split(", ").collect::<BTreeSet<_>>(), listed, "{path}");
        assert_eq!(keys(&schema["example"]), listed, "{path}");
        checked += 1;
    }
    assert_eq!(checked, 7);
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}
