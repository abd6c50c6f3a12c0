//! What anonymous callers and callers with an invalid key may read.

use axum::body::Body;
use axum::http::Request;
use roost_api::AnonymousAccess;
use serde_json::Value;

use crate::service::{Reply, Service, rejected};

/// The routes that read who the caller is and work without, with a body where they need one.
fn open_routes() -> Vec<(String, String)> {
    let document = serde_json::to_value(roost_api::openapi()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schemes = operation["security"].as_array().into_iter().flatten();
            let is_open = schemes.into_iter().any(|scheme| {
                let scheme = scheme.as_object().unwrap();
                scheme.is_empty()
            });
            if is_open {
                let id = "00000000-0000-7000-8000-000000000001";
                let path = path.replace("{id}", id).replace("{name}", "rooms");
                routes.push((method.to_uppercase(), path));
            }
        }
    }
    routes
}

async fn send(service: &Service, (method, path): &(String, String), key: Option<&str>) -> Reply {
    let request = Request::builder().method(method.as_str()).uri(path);
    let request = match key {
        Some(key) => request.header("authorization", format!("Bearer {key}")),
        None => request,
    };
    let body = match method.as_str() {
        "POST" => Body::from(r#"{"searches": [{}]}"#),
        _ => Body::empty(),
    };
    let request = request.header("content-type", "application/json");
    service.send(request.body(body).unwrap()).await
}

fn is_unauthorized(reply: &Reply) -> bool {
    reply.status.as_u16() == 401
}

#[tokio::test]
async fn anonymous_callers_may_read_what_the_configuration_opens_to_them() {
    let routes = open_routes();
    assert_eq!(routes.len(), 12, "{routes:?}");
    for search in [true, false] {
        for metrics in [true, false] {
            let service = Service::start().with_anonymous(AnonymousAccess { search, metrics });
            for route in &routes {
                let is_open = match route.1.as_str() {
                    "/metrics" => metrics,
                    _ => search,
                };
                let reply = send(&service, route, None).await;
                assert_eq!(is_unauthorized(&reply), !is_open, "{route:?}");
                if !is_open {
                    rejected(&reply, 401, "unauthorized");
                    assert_eq!(reply.headers["www-authenticate"], "Bearer");
                }
            }
            for open in [
                "/health/live",
                "/health/ready",
                "/api/v1/status",
                "/openapi.json",
            ] {
                assert!(!is_unauthorized(&service.get(open).await), "{open}");
            }
        }
    }
}

#[tokio::test]
async fn a_malformed_or_invalid_token_is_not_the_same_as_none() {
    let service = Service::start();
    for route in &open_routes() {
        for bad in ["x.y.z", ""] {
            let reply = send(&service, route, Some(bad)).await;
            rejected(&reply, 401, "unauthorized");
        }
    }
    let reply = send(&service, &("GET".into(), "/health/live".into()), Some("x")).await;
    assert_eq!(reply.status.as_u16(), 200);
}

#[tokio::test]
async fn without_the_database_no_key_is_accepted_and_health_needs_none() {
    let service = Service::start();
    let key = Some("roost_live_aaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    let search = ("GET".to_owned(), "/api/v1/rooms/search".to_owned());
    let reply = send(&service, &search, key).await;
    assert!(reply.status.as_u16() >= 500, "{}", reply.json);
    assert_eq!(reply.json["data"], Value::Null);
    let live = ("GET".to_owned(), "/health/live".to_owned());
    assert_eq!(send(&service, &live, key).await.status.as_u16(), 200);
}
