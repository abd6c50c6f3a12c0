//! Tests of the internal routes: who may call them, and what they return.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use roost_api::{MEMORY_STATE_PATH, MemoryStateDecoder, Token};

use crate::service::{Service, memory_state};

fn request(authorization: Option<&str>) -> Request<Body> {
    let request = Request::get(MEMORY_STATE_PATH);
    let request = match authorization {
        Some(value) => request.header("authorization", value),
        None => request,
    };
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_caller_with_the_token_gets_the_in_memory_state() {
    let service = Service::start();
    let bearer = format!("Bearer {}", service.token.as_str());
    let (head, bytes) = service.send_for_bytes(request(Some(&bearer))).await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(head.headers["content-type"], "application/x-ndjson");
    let mut decoder = MemoryStateDecoder::default();
    decoder.push(&bytes).unwrap();
    assert_eq!(decoder.finish().unwrap(), memory_state());
}

#[tokio::test]
async fn a_wrong_or_missing_token_is_rejected_with_the_error_shape() {
    let service = Service::start();
    let other = format!("Bearer {}", Token::random().as_str());
    let bare = service.token.as_str();
    for authorization in [None, Some(&*other), Some(bare), Some("Bearer ")] {
        let reply = service.send(request(authorization)).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{authorization:?}");
        assert_eq!(reply.headers["www-authenticate"], "Bearer");
        assert_eq!(reply.json["success"], false);
        assert_eq!(reply.json["error"]["code"], "unauthorized");
    }
}

#[tokio::test]
async fn internal_routes_are_absent_from_the_public_document() {
    let service = Service::start();
    let document = service.get("/openapi.json").await.json;
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.keys().all(|path| !path.starts_with("/internal")));
}
