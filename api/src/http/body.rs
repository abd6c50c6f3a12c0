//! Reads a request body of JSON.

use std::time::Duration;

use axum::body::{Bytes, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use tokio::time::timeout;

use super::error::ApiError;

/// Enough for the largest multi-search. Routes that read no body accept one up to this size,
/// because some clients send a body with every request.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;

/// The time for a whole body, so that a slow one does not keep its handler.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

/// Media types of a merge patch. JSON is one for clients that send nothing else.
const MERGE_PATCH: [&str; 2] = ["application/merge-patch+json", JSON];

const JSON: &str = "application/json";

const CSV: &str = "text/csv";

/// Reads the body, which must be `application/json` without a content coding and no larger than
/// [`BODY_BYTES_MAX`].
pub(crate) async fn read_json_body(request: Request) -> Result<Bytes, ApiError> {
    read_body(request, &[JSON]).await
}

/// The same for a body that may be left out; without one, empty.
pub(crate) async fn read_optional_json_body(request: Request) -> Result<Bytes, ApiError> {
    let has_type = request.headers().contains_key(CONTENT_TYPE);
    if !has_type && request.body().size_hint().exact() == Some(0) {
        return Ok(Bytes::new());
    }
    read_json_body(request).await
}

/// The same for a merge patch (RFC 7396).
pub(crate) async fn read_merge_patch(request: Request) -> Result<Bytes, ApiError> {
    read_body(request, &MERGE_PATCH).await
}

/// The same for a table, which may also be `text/csv`.
pub(crate) async fn read_csv_or_json(request: Request) -> Result<Bytes, ApiError> {
    read_body(request, &[CSV, JSON]).await
}

/// Whether the body is `text/csv`.
pub(crate) fn is_csv(request: &Request) -> bool {
    essence(request).is_some_and(|essence| essence.eq_ignore_ascii_case(CSV))
}

/// The media type of a request without its parameters.
fn essence(request: &Request) -> Option<&str> {
    let media_type = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    media_type.split(';').next().map(str::trim)
}

async fn read_body(request: Request, accepted: &[&str]) -> Result<Bytes, ApiError> {
    if let Some(coding) = request.headers().get(CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        let coding = String::from_utf8_lossy(coding.as_bytes());
        let error = ApiError::bare(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        return Err(error
            .with_field("content-encoding", &coding)
            .with_expected("identity: a body without content coding")
            .with_hint("send it without content-encoding, not compressed")
            .with_header(ACCEPT_ENCODING, HeaderValue::from_static("identity")));
    }
    let is_accepted = |essence: &str| {
        let mut accepted = accepted.iter();
        accepted.any(|one| essence.eq_ignore_ascii_case(one))
    };
    if !essence(&request).is_some_and(is_accepted) {
        let media_type = request.headers().get(CONTENT_TYPE);
        let media_type = media_type.and_then(|media_type| media_type.to_str().ok());
        let error = ApiError::bare(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        return Err(error
            .with_field("content-type", media_type.unwrap_or_default())
            .with_expected(accepted.join(" or ")));
    }
    // The only other cause is a client that disconnected, and that client reads no answer.
    let body = timeout(BODY_TIME_MAX, to_bytes(request.into_body(), BODY_BYTES_MAX)).await;
    body.map_err(|_| ApiError::bare(StatusCode::REQUEST_TIMEOUT))?
        .map_err(|_| ApiError::bare(StatusCode::PAYLOAD_TOO_LARGE))
}
