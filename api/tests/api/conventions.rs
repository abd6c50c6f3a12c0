//! Tests of what all routes have in common.

use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use roost_api::{Health, HealthReport, ServerOptions, StreamReport};
use roost_engine::Position;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::service::{Service, rejected};

fn request(method: Method, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path)
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_answer_in_the_envelope() {
    let service = Service::start();
    for path in [
        "/",
        "/api/v1/room",
        "/api/v2/rooms/search",
        "/api/v1/rooms/search/",
    ] {
        rejected(&service.get(path).await, 404, "route_not_found");
    }
    let post = request(Method::POST, "/api/v1/rooms/search");
    let reply = service.send(post.body(Body::empty()).unwrap()).await;
    rejected(&reply, 405, "method_not_allowed");
    assert_eq!(reply.headers["allow"], "GET,HEAD");
    assert_eq!(reply.headers["content-type"], "application/json");
}

#[tokio::test]
async fn bodies_and_headers_that_are_too_large_are_rejected() {
    let service = Service::start();
    let search = || request(Method::GET, "/api/v1/rooms/search");
    let body = search()
        .header("content-length", "300000")
        .body(Body::empty());
    let reply = service.send(body.unwrap()).await;
    rejected(&reply, 413, "body_too_large");
    let headers = search().header("x-large", "a".repeat(20_000));
    let reply = service.send(headers.body(Body::empty()).unwrap()).await;
    rejected(&reply, 431, "headers_too_large");
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let service = Service::start();
    for path in ["/api/v1/rooms/search", "/health/live", "/openapi.json"] {
        let reply = service
            .send(request(Method::HEAD, path).body(Body::empty()).unwrap())
            .await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.headers["content-type"], "application/json");
        assert!(reply.json.is_null());
    }
}

#[tokio::test]
async fn a_plain_request_id_is_kept_and_any_other_replaced() {
    let service = Service::start();
    let id = async |given: &str| {
        let request = request(Method::GET, "/nowhere").header("x-request-id", given);
        let reply = service.send(request.body(Body::empty()).unwrap()).await;
        reply.headers["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(id("trace-7.a_b").await, "trace-7.a_b");
    for given in ["", "two words", "a\"b", &"x".repeat(65)] {
        let made = id(given).await;
        assert_eq!(made.len(), 32, "{given}");
        assert_ne!(made, id(given).await);
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_read_answers() {
    let service = Service::start();
    let cross = request(Method::GET, "/health/live").header("origin", "https://example.org");
    let reply = service.send(cross.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.headers["access-control-allow-origin"], "*");
    let exposed = reply.headers["access-control-expose-headers"].to_str();
    assert_eq!(
        exposed.unwrap(),
        "etag,location,x-request-id,roost-position,ratelimit,ratelimit-policy,retry-after"
    );
}

#[tokio::test]
async fn with_configured_origins_only_their_pages_may_read_answers() {
    let origins = "https://rooms.example.org,http://localhost:3000";
    let service = Service::start().with_cors_origins(origins.parse().unwrap());
    for (origin, is_allowed) in [
        ("https://rooms.example.org", true),
        ("http://localhost:3000", true),
        ("http://rooms.example.org", false),
        ("https://rooms.example.org.evil.example", false),
        ("null", false),
    ] {
        for method in [Method::GET, Method::OPTIONS] {
            let cross = request(method, "/api/v1/auth/login")
                .header("origin", origin)
                .header("access-control-request-method", "POST");
            let reply = service.send(cross.body(Body::empty()).unwrap()).await;
            let allowed = reply.headers.get("access-control-allow-origin");
            let expected = is_allowed.then_some(origin);
            assert_eq!(
                allowed.map(|value| value.to_str().unwrap()),
                expected,
                "{origin}"
            );
            let mut vary = reply.headers.get_all("vary").iter();
            assert!(vary.any(|value| value.to_str().unwrap().contains("origin")));
            assert!(
                !reply
                    .headers
                    .contains_key("access-control-allow-credentials")
            );
        }
    }
}

#[tokio::test]
async fn answers_are_compressed_for_clients_that_accept_it() {
    let service = Service::start();
    let gzip = request(Method::GET, "/api/v1/rooms/search").header("accept-encoding", "gzip");
    let reply = service.send(gzip.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.headers["content-encoding"], "gzip");
}

struct Panicking;

impl Health for Panicking {
    fn report(&self) -> HealthReport {
        panic!("a secret of the house")
    }

    fn stream(&self) -> StreamReport {
        StreamReport::default()
    }

    fn reached(&self, _: Position) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_panic_is_answered_with_a_fixed_text() {
    let service = Service::start().with_health(Arc::new(Panicking));
    let reply = service.get("/api/v1/rooms/search").await;
    let error = rejected(&reply, 500, "internal");
    assert!(!error.to_string().contains("secret"));
    assert!(reply.headers.contains_key("x-request-id"));
}

#[tokio::test]
async fn a_served_api_answers_over_tcp_until_it_is_stopped() {
    let service = Service::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let options = ServerOptions::default();
    let served = roost_api::serve(listener, service.state.clone(), options, stop.clone());
    let served = tokio::spawn(served);
    let mut client = TcpStream::connect(address).await.unwrap();
    // 63,000 bytes, close to the 65,534 above which hyper rejects a target before it reaches a
    // route.
    let text = "%E0%A4%95".repeat(7_000);
    let request = format!("GET /api/v1/rooms/search?q={text} HTTP/1.1\r\nhost: roost\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    client.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 400");
    stop.cancel();
    let mut rest = String::new();
    client.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("a text of at most 512 characters"), "{rest}");
    served.await.unwrap();
}
