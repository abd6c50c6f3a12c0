//! Gives every request an id, and records and logs it.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

use crate::app::state::App;

/// The header with the id of a request.
pub(super) const REQUEST_ID: &str = "x-request-id";

const ID_CHARS_MAX: usize = 64;

/// Gives the request an id, and records and logs its answer. The query string is not logged,
/// because what people search for is private.
pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let given = request.headers().get(REQUEST_ID);
    let id = given
        .filter(|id| is_plain(id))
        .cloned()
        .unwrap_or_else(new_id);
    let request_id = id.to_str().unwrap_or_default().to_owned();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", request_id);
    let mut response = next.run(request).instrument(span).await;
    response.headers_mut().insert(REQUEST_ID, id);
    let route = route.as_ref().map(MatchedPath::as_str);
    let (status, took) = (response.status().as_u16(), started.elapsed());
    app.metrics().record_request(route, status, took);
    tracing::info!(
        %method,
        path,
        status,
        latency_ms = took.as_secs_f64() * 1000.0,
        request_id,
        "answered"
    );
    response
}

/// Whether the caller's id is safe to log.
fn is_plain(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=ID_CHARS_MAX).contains(&bytes.len()) && bytes.iter().all(plain)
}

fn new_id() -> HeaderValue {
    let id = Uuid::new_v4().simple().to_string();
    HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("none"))
}
