//! Authenticates requests with an API key, and counts them by its limit.

use axum::extract::{Request, State};
use axum::http::header::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use roost_market::keys::SECRET_PREFIX;

use crate::app::caller::{KeyCaller, bearer};
use crate::app::market::KeyQuota;
use crate::app::state::App;
use crate::http::error::ApiError;

/// The fields of the IETF draft "RateLimit header fields for HTTP".
pub(super) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub(super) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Authenticates a request with an API key, for its route, and rejects one beyond the limit of the
/// key. Health checks and the routes of other commands need no key, so none is read there.
pub(super) async fn authenticate_key(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let is_guarded = path.starts_with("/api/") || path == "/metrics";
    // A malformed header is an error of the routes that read it.
    let secret = bearer(request.headers()).ok().flatten();
    let Some(secret) = secret.filter(|secret| is_guarded && secret.starts_with(SECRET_PREFIX))
    else {
        return next.run(request).await;
    };
    let (actor, meter) = match app.market().key(secret).await {
        Ok(found) => found,
        Err(error) => return ApiError::from(error).into_response(),
    };
    let mut response = match meter.count() {
        Err(error) => ApiError::from(error).into_response(),
        Ok(()) => {
            let meter = meter.clone();
            request.extensions_mut().insert(KeyCaller { actor, meter });
            next.run(request).await
        }
    };
    let KeyQuota {
        limit,
        remaining,
        reset_s,
    } = meter.quota();
    let values = [
        (RATE_LIMIT_POLICY, format!("\"key\";q={limit};w=60")),
        (RATE_LIMIT, format!("\"key\";r={remaining};t={reset_s}")),
    ];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
