//! Every declared parameter of every route, in the OpenAPI document and in requests.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use roost_collections::built_in;
use roost_engine::{Store, StoreOptions};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use super::{openapi, router};
use crate::app::testing;

const ID: &str = "00000000-0000-0000-0000-000000000001";

/// What a parameter needs in order to be read, by its name.
const NEEDS: &[(&str, &str)] = &[
    ("lat", "lng=72.9"),
    ("lng", "lat=19.1"),
    ("radius_m", "lat=19.1&lng=72.9"),
    ("radius_min_m", "lat=19.1&lng=72.9"),
    ("check_in", "check_out=2026-12-08"),
    ("check_out", "check_in=2026-12-05"),
    ("facets", "lat=19.1&lng=72.9"),
    ("max_facet_values", "facets=city"),
    ("facet_price", "facets=price"),
    ("facet_distance", "facets=distance&lat=19.1&lng=72.9"),
    ("facet_floor", "facets=floor"),
    ("facet_rating", "facets=rating"),
    ("group_limit", "group_by=landlord"),
];

/// Parameters whose error depends on others: the last page on the limit, the largest minimum on the
/// radius.
const DEPENDENT: &[&str] = &["page", "radius_min_m"];

fn service() -> (TempDir, Router) {
    let folder = tempfile::tempdir().unwrap();
    let (_writer, reader) =
        Store::open(folder.path(), &built_in(), &StoreOptions::default()).unwrap();
    (folder, router(testing::state(reader)))
}

async fn get(router: &Router, path: &str) -> Value {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Each path that is read by GET, with its query parameters.
fn routes() -> Vec<(String, Vec<Value>)> {
    let document = serde_json::to_value(openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let routes = paths.map(|(path, item)| {
        let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
        let query = parameters.filter(|parameter| parameter["in"] == "query");
        let path = path.replace("{id}", ID).replace("{name}", "venues");
        (path, query.cloned().collect())
    });
    routes.collect()
}

fn name(parameter: &Value) -> &str {
    parameter["name"].as_str().unwrap()
}

/// A path with a value of one parameter and all that the route and the parameter need.
fn path_with(path: &str, parameter: &Value, value: &str) -> String {
    let name = name(parameter);
    let needed = NEEDS.iter().find(|(needing, _)| *needing == name);
    // A feed has no place, and its dates do not need each other.
    let is_of_feed = path.ends_with("/feed") && name != "max_facet_values";
    let needed = needed.filter(|_| !is_of_feed);
    let needed = needed.map_or("", |(_, needed)| needed);
    let required = match path {
        "/api/rooms/search" if name != "examLocationId" => format!("examLocationId={ID}"),
        "/api/v1/suggest" if name != "q" => "q=desk".to_owned(),
        "/api/v1/venues/search" if name != "q" => "q=desk".to_owned(),
        _ => String::new(),
    };
    format!("{path}?{required}&{needed}&{name}={value}")
}

/// Values that a schema excludes.
fn invalid_values(schema: &Value) -> Vec<String> {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let outside = [
        bound("minimum").map(|min| min - 1.0),
        bound("exclusiveMinimum"),
        bound("maximum").map(|max| max + 1.0),
    ];
    let mut values: Vec<String> = outside
        .into_iter()
        .flatten()
        .map(|it| it.to_string())
        .collect();
    if schema["type"] == "integer" {
        values.push("1.5".to_owned());
    }
    // A text, or a list of texts, may be anything.
    let is_any_text = |schema: &Value| {
        let is_limited = ["enum", "format"].iter().any(|it| schema.get(it).is_some());
        schema["type"] == "string" && !is_limited
    };
    if !is_any_text(schema) && !is_any_text(&schema["items"]) {
        values.push("no-such-value".to_owned());
    }
    if let Some(max) = schema.get("maxLength").and_then(Value::as_u64) {
        values.push("a".repeat(max as usize + 1));
    }
    values
}

/// The error text that a schema implies.
fn expected(schema: &Value) -> Option<String> {
    let bound = |name: &str| schema.get(name).map(Value::to_string);
    if let Some(names) = schema.get("enum").and_then(Value::as_array) {
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        return Some(format!("one of {}", names.join(", ")));
    }
    let range = |noun: &str| {
        let (min, max) = (bound("minimum")?, bound("maximum")?);
        let trimmed = |it: String| it.trim_end_matches(".0").to_owned();
        Some(format!("{noun} from {} to {}", trimmed(min), trimmed(max)))
    };
    match schema["type"].as_str()? {
        "integer" => range("a whole number"),
        "number" => range("a number").or_else(|| Some("a number of ".to_owned())),
        "boolean" => Some("true or false".to_owned()),
        "array" => expected(&schema["items"]).filter(|it| it.starts_with("one of")),
        _ if schema["format"] == "uuid" => Some("an id such as ".to_owned()),
        _ if schema["format"] == "date" => Some("a date in the format ".to_owned()),
        _ => None,
    }
}

#[tokio::test]
async fn every_parameter_rejects_what_its_declaration_excludes_and_states_what_it_accepts() {
    let (_folder, router) = service();
    let mut requests = 0;
    for (path, parameters) in routes() {
        for parameter in &parameters {
            let (name, schema) = (name(parameter), &parameter["schema"]);
            let schemas = [schema, &schema["items"]];
            let items = schemas.into_iter().filter(|it| it.is_object());
            for value in items.flat_map(invalid_values) {
                let path = path_with(&path, parameter, &value);
                let reply = get(&router, &path).await;
                let error = &reply["error"];
                assert_eq!(error["code"], "invalid_parameter", "{path}: {reply}");
                assert_eq!(error["field"], name, "{path}: {reply}");
                let stated = error["expected"].as_str().unwrap();
                let message = error["message"].as_str().unwrap();
                assert!(message.contains(stated), "{path}: {reply}");
                if let Some(expected) = expected(schema)
                    && !DEPENDENT.contains(&name)
                {
                    assert!(
                        stated.contains(&expected),
                        "{path}: {stated:?}, not {expected:?}"
                    );
                }
                requests += 1;
            }
        }
    }
    assert!(requests > 200, "only {requests} requests");
}

#[tokio::test]
async fn every_parameter_accepts_its_example_and_its_documented_default_is_the_applied_one() {
    let (_folder, router) = service();
    let mut defaults = 0;
    for (path, parameters) in routes() {
        for parameter in &parameters {
            for value in [parameter.get("example"), parameter["schema"].get("default")] {
                let Some(value) = value else { continue };
                let path = path_with(&path, parameter, &sent(value));
                let reply = get(&router, &path).await;
                let field = &reply["error"]["field"];
                // A well-formed id of an unknown document is not found, and the empty index knows
                // no bookings yet.
                let is_accepted = reply["error"]["code"] != "invalid_parameter";
                assert!(is_accepted, "{path}: {field}: {reply}");
            }
            if let Some(default) = parameter["schema"].get("default") {
                let without = path_with(&path, parameter, "");
                let without = without.rsplit_once('&').unwrap().0;
                let with = path_with(&path, parameter, &sent(default));
                let replies = [get(&router, without).await, get(&router, &with).await];
                let [without, with] = replies.map(timeless);
                assert_eq!(without, with, "{path}: {}", name(parameter));
                defaults += 1;
            }
        }
    }
    assert!(defaults > 20, "only {defaults} defaults");
}

/// An answer without what differs between any two answers.
fn timeless(mut reply: Value) -> Value {
    if let Some(meta) = reply["meta"].as_object_mut() {
        meta.remove("took_us");
    }
    reply
}

/// A JSON value as a query string contains it.
fn sent(value: &Value) -> String {
    let text = match value {
        Value::Array(items) => items.iter().map(sent).collect::<Vec<_>>().join(","),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let bytes = text.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-_.,:%".contains(&byte) => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}
