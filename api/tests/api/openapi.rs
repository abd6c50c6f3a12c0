//! Tests that the OpenAPI document describes the service.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::service::Service;

/// All operations, each with its path and method.
fn operations(document: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (path, method, operation))
    })
}

/// The paths of all routes.
const PATHS: &[&str] = &[
    "/api/rooms/search",
    "/api/v1/assignments/{id}",
    "/api/v1/auth/confirm-email",
    "/api/v1/auth/invitations",
    "/api/v1/auth/invitations/accept",
    "/api/v1/auth/invitations/{id}",
    "/api/v1/auth/login",
    "/api/v1/auth/logout",
    "/api/v1/auth/logout-all",
    "/api/v1/auth/me",
    "/api/v1/auth/password",
    "/api/v1/auth/password-reset",
    "/api/v1/auth/password-reset/confirm",
    "/api/v1/auth/refresh",
    "/api/v1/auth/register",
    "/api/v1/collections",
    "/api/v1/collections/{name}/heatmap",
    "/api/v1/collections/{name}/search",
    "/api/v1/contracts",
    "/api/v1/contracts/{id}",
    "/api/v1/contracts/{id}/cancel",
    "/api/v1/contracts/{id}/end",
    "/api/v1/contracts/{id}/payments",
    "/api/v1/events",
    "/api/v1/exam-sessions",
    "/api/v1/exam-sessions/{id}",
    "/api/v1/exam-sessions/{id}/assignments",
    "/api/v1/keys",
    "/api/v1/keys/{id}",
    "/api/v1/keys/{id}/rotate",
    "/api/v1/landlords/me",
    "/api/v1/landlords/me/feed",
    "/api/v1/landlords/me/feed/live",
    "/api/v1/landlords/me/feed/{id}/view",
    "/api/v1/landlords/me/rooms",
    "/api/v1/landlords/me/rooms/{id}",
    "/api/v1/me/assignments",
    "/api/v1/me/balance",
    "/api/v1/multi-search",
    "/api/v1/offers",
    "/api/v1/offers/{id}",
    "/api/v1/offers/{id}/accept",
    "/api/v1/offers/{id}/decline",
    "/api/v1/offers/{id}/withdraw",
    "/api/v1/payments/{id}/refund",
    "/api/v1/pool/stats",
    "/api/v1/requests",
    "/api/v1/requests/live",
    "/api/v1/requests/{id}",
    "/api/v1/requests/{id}/cancel",
    "/api/v1/requests/{id}/matches",
    "/api/v1/requests/{id}/offers",
    "/api/v1/rooms",
    "/api/v1/rooms/heatmap",
    "/api/v1/rooms/review-queue",
    "/api/v1/rooms/search",
    "/api/v1/rooms/{id}",
    "/api/v1/rooms/{id}/pause",
    "/api/v1/rooms/{id}/ranking-score",
    "/api/v1/rooms/{id}/reject",
    "/api/v1/rooms/{id}/resume",
    "/api/v1/rooms/{id}/submit",
    "/api/v1/rooms/{id}/verify",
    "/api/v1/status",
    "/api/v1/suggest",
    "/api/v1/universities",
    "/api/v1/universities/{id}",
    "/api/v1/venues",
    "/api/v1/venues/search",
    "/api/v1/venues/{id}",
    "/api/v1/venues/{id}/record",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
];

#[tokio::test]
async fn every_path_of_the_document_is_a_route() {
    let service = Service::start();
    let document = service.get("/openapi.json").await.json;
    assert_eq!(
        document,
        serde_json::to_value(roost_api::openapi()).unwrap()
    );
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, PATHS);
    for path in paths {
        let reply = service
            .get(&path.replace("{id}", "x").replace("{name}", "x"))
            .await;
        assert_ne!(reply.json["error"]["code"], "route_not_found", "{path}");
    }
}

#[tokio::test]
async fn every_route_accepts_the_parameters_that_the_document_lists() {
    let service = Service::start();
    let document = service.get("/openapi.json").await.json;
    for (path, method, operation) in operations(&document) {
        // A signed-in user is needed before anything else is read, unless a route is open without.
        let is_open = |schemes: &Vec<Value>| schemes.contains(&serde_json::json!({}));
        let is_closed = |schemes| !is_open(schemes);
        if !path.starts_with("/api/") || operation["security"].as_array().is_some_and(is_closed) {
            continue;
        }
        let listed: BTreeSet<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "query")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let id = "00000000-0000-0000-0000-000000000001";
        // Venues have no other parameters than every collection has.
        let requested = path.replace("{id}", id).replace("{name}", "venues");
        let requested = format!("{requested}?no-such=1");
        let reply = match method.as_str() {
            "post" => service.post(&requested, "").await,
            _ => service.get(&requested).await,
        };
        let error = &reply.json["error"];
        assert_eq!(error["code"], "unknown_parameter", "{path}");
        let expected = error["expected"].as_str().unwrap();
        let accepted: BTreeSet<&str> = match expected.strip_prefix("one of ") {
            Some(names) => names.split(", ").collect(),
            None => BTreeSet::new(),
        };
        assert_eq!(accepted, listed, "{path}");
    }
}

#[tokio::test]
async fn every_reference_of_the_document_resolves() {
    let document = serde_json::to_value(roost_api::openapi()).unwrap();
    let text = document.to_string();
    let references = text.split("\"$ref\":\"#").skip(1);
    let mut count = 0;
    for reference in references {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
        count += 1;
    }
    assert!(count > 20);
}

#[tokio::test]
async fn every_operation_is_described_with_its_errors() {
    let document = serde_json::to_value(roost_api::openapi()).unwrap();
    let mut ids = BTreeSet::new();
    for (path, _, operation) in operations(&document) {
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap()),
            "{path}"
        );
        assert!(operation["summary"].is_string(), "{path}");
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        for parameter in parameters {
            assert!(parameter["description"].is_string(), "{path} {parameter}");
        }
        if path.starts_with("/api/") {
            let responses = operation["responses"].as_object().unwrap();
            let success = responses.keys().find(|status| status.starts_with('2'));
            let errors = ["400", "406", "500", "503", "504"];
            for status in [success.unwrap()]
                .into_iter()
                .map(String::as_str)
                .chain(errors)
            {
                let answer = &operation["responses"][status];
                assert!(answer["description"].is_string(), "{path} {status}");
                let is_stream = path.ends_with("/live") && status == "200";
                let media_type = match is_stream {
                    true => "text/event-stream",
                    false => "application/json",
                };
                assert!(answer["content"][media_type].is_object(), "{path} {status}");
            }
        }
    }
}

#[tokio::test]
async fn every_parameter_has_an_example() {
    let document = serde_json::to_value(roost_api::openapi()).unwrap();
    let mut without = Vec::new();
    for (path, _, operation) in operations(&document) {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let bare = parameters.filter(|parameter| {
            // A cursor comes from an answer.
            parameter["name"] != "cursor" && parameter.get("example").is_none()
        });
        without.extend(bare.map(|parameter| format!("{path} {}", parameter["name"])));
    }
    assert!(without.is_empty(), "{without:#?}");
}

#[tokio::test]
async fn the_examples_of_every_search_are_accepted() {
    let service = Service::start();
    let document = serde_json::to_value(roost_api::openapi()).unwrap();
    for path in [
        "/api/v1/collections/{name}/heatmap",
        "/api/v1/collections/{name}/search",
        "/api/v1/rooms/heatmap",
        "/api/v1/rooms/search",
        "/api/v1/suggest",
        "/api/v1/venues/search",
    ] {
        let parameters = document["paths"][path]["get"]["parameters"].as_array();
        // A venue excludes a point, the example's landlord has no rooms, and no student signs in.
        let query = parameters.unwrap().iter();
        let query = query.filter(|parameter| parameter["in"] == "query");
        let pairs = query.filter_map(|parameter| {
            let name = parameter["name"].as_str().unwrap();
            let example = parameter.get("example")?;
            let is_left_out = ["venue", "assignment", "landlord_id"].contains(&name);
            (!is_left_out).then(|| format!("{name}={}", sent(example)))
        });
        let query = pairs.collect::<Vec<String>>().join("&");
        assert!(query.len() > 60, "{path} has few examples: {query}");
        let path = path.replace("{name}", "venues");
        service.ok(&format!("{path}?{query}")).await;
    }
}

#[tokio::test]
async fn the_example_of_a_multi_search_is_accepted_and_its_searches_have_the_parameters_of_a_search()
 {
    let service = Service::start();
    let document = serde_json::to_value(roost_api::openapi()).unwrap();
    let schemas = &document["components"]["schemas"];
    let example = &schemas["MultiSearch"]["example"];
    let reply = service
        .post("/api/v1/multi-search", example.to_string())
        .await;
    let answers = reply.json["data"].as_array().unwrap();
    assert_eq!(answers.len(), example["searches"].as_array().unwrap().len());
    assert!(
        answers.iter().all(|answer| answer["success"] == true),
        "{}",
        reply.json
    );
    let described = schemas["RoomSearch"]["properties"].as_object().unwrap();
    let described: BTreeSet<&str> = described.keys().map(String::as_str).collect();
    let parameters = &document["paths"]["/api/v1/rooms/search"]["get"]["parameters"];
    let taken = parameters.as_array().unwrap().iter();
    let taken = taken.map(|one| one["name"].as_str().unwrap());
    // One position applies to all searches.
    let taken = taken.filter(|name| *name != "at_least");
    let taken: BTreeSet<&str> = taken.collect();
    assert_eq!(described, taken);
}

/// An example as a query string contains it.
fn sent(example: &Value) -> String {
    let text = match example {
        Value::Array(items) => items.iter().map(sent).collect::<Vec<String>>().join(","),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    // As a form encodes it.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.,:".contains(&byte);
    let sent = text.bytes().map(|byte| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    sent.collect()
}
