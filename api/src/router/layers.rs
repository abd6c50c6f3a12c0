//! The layers around every route: size limits, timeout, panics, envelopes, compression, CORS and
//! observation.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HOST, HeaderName, IF_MATCH, LOCATION,
    RETRY_AFTER,
};
use axum::http::{HeaderMap, Method, StatusCode, Version};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, Any as AnyOrigin, CorsLayer};
use tower_http::timeout::TimeoutLayer;

use super::coding;
use super::key_limits;
use super::observe::{self, REQUEST_ID};
use crate::app::state::App;
use crate::http::action::POSITION;
use crate::http::body::BODY_BYTES_MAX;
use crate::http::error::{ApiError, Code};
use crate::http::write::conditions::IDEMPOTENCY_KEY;
use crate::server::connection_memory::ConnectionMemory;

/// Longer than the longest deadline of a search, because its partial result is worth more than an
/// error.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(15);
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// A rejected request is answered after this time. Otherwise clients that repeat it at once would
/// keep the threads of all connections busy with rejecting them.
const REJECTION_DELAY: Duration = Duration::from_millis(100);

/// Browsers repeat the preflight request of another origin after this time. None keeps it longer
/// than a day, and most no longer than two hours.
const PREFLIGHT_VALID: Duration = Duration::from_secs(7_200);

/// Adds the layers to the routes.
pub(super) fn add(routes: Router<App>, app: &App) -> Router<App> {
    let cors = CorsLayer::new()
        .allow_origin(match app.cors_origins().listed() {
            Some(origins) => AllowOrigin::list(origins.iter().cloned()),
            None => AnyOrigin.into(),
        })
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            IDEMPOTENCY_KEY,
            IF_MATCH,
            HeaderName::from_static(REQUEST_ID),
        ])
        .expose_headers([
            ETAG,
            LOCATION,
            HeaderName::from_static(REQUEST_ID),
            POSITION,
            key_limits::RATE_LIMIT,
            key_limits::RATE_LIMIT_POLICY,
            RETRY_AFTER,
        ])
        .max_age(PREFLIGHT_VALID);
    // The last layer is the first to see a request.
    routes
        .layer(middleware::from_fn_with_state(
            app.clone(),
            key_limits::authenticate_key,
        ))
        .layer(middleware::from_fn(check_and_count))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_TIME_MAX,
        ))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::map_response(envelope))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(coding::choose_coding))
        .layer(cors)
        .layer(middleware::from_fn_with_state(
            app.clone(),
            observe::observe,
        ))
}

/// Checks what every request must fulfil, and counts the memory of its response.
async fn check_and_count(request: Request, next: Next) -> Response {
    // Only requests that came over a connection have a memory to count.
    let memory = request.extensions().get::<Arc<ConnectionMemory>>().cloned();
    if memory.is_some() && lacks_host(&request) {
        let error = ApiError::missing("host", "a Host header, which HTTP/1.1 requires");
        return error.with_code(Code::BadRequest).into_response();
    }
    let response = pass_unless_oversized(request, next).await;
    if is_rejected(&response) {
        tokio::time::sleep(REJECTION_DELAY).await;
    }
    match memory {
        Some(memory) => memory.count(response),
        None => response,
    }
}

/// Whether a request was too large, or arrived while the node was overloaded.
fn is_rejected(response: &Response) -> bool {
    let is_too_large = matches!(
        response.status(),
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
    is_too_large || response.extensions().get() == Some(&Code::Overloaded)
}

fn lacks_host(request: &Request) -> bool {
    request.version() == Version::HTTP_11 && !request.headers().contains_key(HOST)
}

async fn pass_unless_oversized(request: Request, next: Next) -> Response {
    if header_bytes(request.headers()) > HEADER_BYTES_MAX {
        return ApiError::bare(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE).into_response();
    }
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY_BYTES_MAX) {
        return ApiError::bare(StatusCode::PAYLOAD_TOO_LARGE).into_response();
    }
    next.run(request).await
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum()
}

/// Puts the envelope around errors that routing and layers answer with a bare status.
async fn envelope(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.extensions().get::<Code>().is_some() {
        return response;
    }
    let mut enveloped = ApiError::bare(status).into_response();
    for (name, value) in response.headers() {
        let headers = enveloped.headers_mut();
        headers.entry(name).or_insert_with(|| value.clone());
    }
    enveloped.headers_mut().remove(CONTENT_LENGTH);
    enveloped
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    ApiError::internal(text.unwrap_or_else(|| "panicked".to_owned())).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use axum::body::to_bytes;
    use axum::routing::get;
    use tower::ServiceExt;

    async fn latency(response: fn() -> Response) -> Duration {
        let routes = Router::new().route("/", get(move || async move { response() }));
        let routes = routes.layer(middleware::from_fn(check_and_count));
        let started = Instant::now();
        let request = Request::new(axum::body::Body::empty());
        routes.oneshot(request).await.unwrap();
        started.elapsed()
    }

    #[tokio::test]
    async fn requests_that_are_too_large_or_too_many_are_answered_after_a_delay() {
        let too_large = || ApiError::bare(StatusCode::PAYLOAD_TOO_LARGE).into_response();
        let too_many = || ApiError::overloaded(Duration::ZERO).into_response();
        for rejection in [too_large, too_many] {
            assert!(latency(rejection).await >= REJECTION_DELAY);
        }
    }

    #[test]
    fn other_errors_and_health_checks_are_answered_at_once() {
        // `/health/ready` answers with this error until there is an index.
        let not_ready = ApiError::not_ready("the initial copy is running");
        for response in [
            StatusCode::OK.into_response(),
            ApiError::bare(StatusCode::BAD_REQUEST).into_response(),
            not_ready.into_response(),
        ] {
            assert!(!is_rejected(&response), "{response:?}");
        }
    }

    async fn body(response: Response) -> serde_json::Value {
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[tokio::test]
    async fn a_bare_status_of_a_layer_gets_the_envelope() {
        let cases = [
            (StatusCode::GATEWAY_TIMEOUT, "timed_out"),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            (StatusCode::BAD_REQUEST, "bad_request"),
            (StatusCode::BAD_GATEWAY, "internal"),
        ];
        for (status, code) in cases {
            let response = envelope(status.into_response()).await;
            assert_eq!(response.status(), status);
            assert_eq!(body(response).await["error"]["code"], code);
        }
    }

    #[tokio::test]
    async fn a_response_with_an_envelope_stays_unchanged() {
        let error = ApiError::new(StatusCode::NOT_FOUND, Code::VenueNotFound, "no such venue");
        let response = envelope(error.into_response()).await;
        assert_eq!(body(response).await["error"]["message"], "no such venue");
        let response = envelope("fine".into_response()).await;
        assert_eq!(response.status(), StatusCode::OK);
    }
}
