//! Errors of the API: an HTTP status, a code for programs and a message for people.

use std::error::Error;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use roost_engine::{ScoreError, StoreError};
use serde::Serialize;
use utoipa::ToSchema;

use super::row_error::RowErrorJson;
use super::shorten::shorten;

/// Load changes fast, so a longer wait is no forecast.
const RETRY_AFTER_MAX_S: u32 = 10;

/// An error on its way to the caller. The cause of a 500 stays in the log.
#[derive(Debug, thiserror::Error)]
#[error("{}", body.message)]
pub(crate) struct ApiError {
    status: StatusCode,
    body: Box<ErrorBody>,
    header: Option<(HeaderName, HeaderValue)>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The envelope of an error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErrorEnvelope {
    /// Always false.
    #[schema(example = false)]
    success: bool,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    data: (),
    /// Always null.
    #[schema(value_type = Option<Object>)]
    meta: (),
    error: ErrorBody,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ErrorBody {
    /// For programs: stable.
    code: Code,
    /// For people: may change.
    #[schema(example = "lat must be a number from -90 to 90, not \"91\"")]
    message: String,
    /// The invalid parameter.
    #[schema(example = "lat")]
    field: Option<String>,
    /// The value that was sent, shortened.
    #[schema(example = "91")]
    value: Option<String>,
    /// The values that the parameter accepts.
    #[schema(example = "a number from -90 to 90")]
    expected: Option<String>,
    /// The first invalid character of a `filter`, counted from 1.
    position: Option<usize>,
    /// The invalid rows of an import, the first 100; left out elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<RowErrorJson>,
}

/// The kind of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ErrorCode)]
pub(crate) enum Code {
    InvalidParameter,
    UnknownParameter,
    DuplicateParameter,
    MissingParameter,
    InvalidCursor,
    InvalidRows,
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict,
    PreconditionFailed,
    Gone,
    IdempotencyKeyReused,
    TooManyRequests,
    VenueNotFound,
    RoomNotFound,
    CollectionNotFound,
    RouteNotFound,
    MethodNotAllowed,
    BodyTooLarge,
    UnsupportedMediaType,
    NotAcceptable,
    HeadersTooLarge,
    NotReady,
    Overloaded,
    TimedOut,
    Behind,
    Internal,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> ApiError {
        ApiError {
            status,
            body: Box::new(ErrorBody {
                code,
                message: message.into(),
                field: None,
                value: None,
                expected: None,
                position: None,
                rows: Vec::new(),
            }),
            header: None,
            source: None,
        }
    }

    /// A parameter with an invalid value.
    pub(crate) fn parameter(field: &str, value: &str, expected: impl Into<String>) -> ApiError {
        let expected = expected.into();
        let message = format!("{field} must be {expected}, not {:?}", shorten(value));
        let mut error = ApiError::new(StatusCode::BAD_REQUEST, Code::InvalidParameter, message);
        error.body.expected = Some(expected);
        error.with_field(field, value)
    }

    /// A parameter that names what is not kept any more.
    pub(crate) fn gone(field: &str, value: &str, expected: &str) -> ApiError {
        let error = ApiError::parameter(field, value, expected);
        error.with_status(StatusCode::GONE, Code::Gone)
    }

    /// A required parameter that is missing.
    pub(crate) fn missing(field: &str, expected: impl Into<String>) -> ApiError {
        let expected = expected.into();
        let message = format!("{field} is missing: expected {expected}");
        let mut error = ApiError::new(StatusCode::BAD_REQUEST, Code::MissingParameter, message);
        error.body.field = Some(field.to_owned());
        error.body.expected = Some(expected);
        error
    }

    /// A secret, such as a password, that is not accepted. The error does not repeat it.
    pub(crate) fn secret(field: &str, expected: impl Into<String>) -> ApiError {
        let expected = expected.into();
        let message = format!("{field} must be {expected}");
        let mut error = ApiError::new(StatusCode::BAD_REQUEST, Code::InvalidParameter, message);
        error.body.field = Some(field.to_owned());
        error.with_expected(expected)
    }

    pub(crate) fn not_found(code: Code, field: &str, value: &str, expected: &str) -> ApiError {
        let message = format!("{} is not {expected}", shorten(value));
        let mut error = ApiError::new(StatusCode::NOT_FOUND, code, message);
        error.body.expected = Some(expected.to_owned());
        error.with_field(field, value)
    }

    pub(crate) fn not_ready(reason: &str) -> ApiError {
        let message = format!("this node does not answer searches yet: {reason}");
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, Code::NotReady, message).retry_after(5)
    }

    /// Too many searches wait. A new one would probably wait this long.
    pub(crate) fn overloaded(wait: Duration) -> ApiError {
        let message = "too many searches at once; try again shortly";
        let wait_s = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
        let retry_after_s = wait_s.saturating_add(1).min(RETRY_AFTER_MAX_S);
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, Code::Overloaded, message)
            .retry_after(retry_after_s)
    }

    /// The service has no capacity for an action.
    pub(crate) fn busy() -> ApiError {
        let message = "the service is busy; try again shortly";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, Code::Overloaded, message).retry_after(1)
    }

    /// The caller has done this too often. The next attempt is accepted after this time.
    pub(crate) fn too_many(retry_after: Duration) -> ApiError {
        let retry_after_s = u32::try_from(retry_after.as_millis().div_ceil(1000));
        let retry_after_s = retry_after_s.unwrap_or(u32::MAX).max(1);
        let message = format!("too many attempts; try again in {retry_after_s} s");
        let status = StatusCode::TOO_MANY_REQUESTS;
        ApiError::new(status, Code::TooManyRequests, message).retry_after(retry_after_s)
    }

    /// The index has not reached the requested position yet.
    pub(crate) fn behind(message: String) -> ApiError {
        ApiError::new(StatusCode::GATEWAY_TIMEOUT, Code::Behind, message).retry_after(1)
    }

    /// A fault of the service. The cause is logged and never sent.
    pub(crate) fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> ApiError {
        let mut error = ApiError::bare(StatusCode::INTERNAL_SERVER_ERROR);
        error.source = Some(source.into());
        error
    }

    /// The error for a status alone, for responses that routing or a layer sent without a body.
    pub(crate) fn bare(status: StatusCode) -> ApiError {
        let (code, message) = match status {
            StatusCode::NOT_FOUND => (
                Code::RouteNotFound,
                "no route has this path; /openapi.json lists the routes",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                Code::MethodNotAllowed,
                "this path does not accept this method; the Allow header lists those it does",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => (Code::BodyTooLarge, "the request body is too large"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                Code::UnsupportedMediaType,
                "the request body has a media type that this route does not accept",
            ),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                (Code::HeadersTooLarge, "the request headers are too large")
            }
            StatusCode::REQUEST_TIMEOUT => {
                (Code::TimedOut, "the request body took too long to arrive")
            }
            StatusCode::GATEWAY_TIMEOUT => (
                Code::TimedOut,
                "the request took too long and was cancelled",
            ),
            status if status.is_client_error() => (Code::BadRequest, "the request is malformed"),
            _ => (
                Code::Internal,
                "internal error; the cause is logged under the X-Request-Id of this answer",
            ),
        };
        ApiError::new(status, code, message)
    }

    pub(crate) fn with_code(mut self, code: Code) -> ApiError {
        self.body.code = code;
        self
    }

    /// Appends a hint to the message.
    pub(crate) fn with_hint(mut self, hint: &str) -> ApiError {
        self.body.message.push_str("; ");
        self.body.message.push_str(hint);
        self
    }

    pub(crate) fn with_field(mut self, field: &str, value: &str) -> ApiError {
        self.body.field = Some(field.to_owned());
        self.body.value = Some(shorten(value));
        self
    }

    pub(crate) fn with_expected(mut self, expected: impl Into<String>) -> ApiError {
        self.body.expected = Some(expected.into());
        self
    }

    /// The same error of one search among several, found at `path`, such as `searches[3]`.
    pub(crate) fn inside(mut self, path: &str) -> ApiError {
        self.body.message = format!("{path}: {}", self.body.message);
        self.body.field = Some(match self.body.field {
            Some(field) => format!("{path}.{field}"),
            None => path.to_owned(),
        });
        self
    }

    /// The envelope to send. Writes the cause to the log.
    pub(crate) fn into_envelope(self) -> ErrorEnvelope {
        if let Some(source) = &self.source {
            tracing::error!(error = %chain(source.as_ref()), "request failed");
        }
        ErrorEnvelope {
            success: false,
            data: (),
            meta: (),
            error: *self.body,
        }
    }

    /// Adds the position of the first invalid character, counted from 1.
    pub(crate) fn with_position(mut self, position: usize) -> ApiError {
        self.body.position = Some(position);
        self
    }

    /// Adds the invalid rows of an import.
    pub(crate) fn with_rows(mut self, rows: Vec<RowErrorJson>) -> ApiError {
        self.body.rows = rows;
        self
    }

    /// The same error with another status and code.
    pub(crate) fn with_status(mut self, status: StatusCode, code: Code) -> ApiError {
        self.status = status;
        self.with_code(code)
    }

    /// Sets a header of the response.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> ApiError {
        self.header = Some((name, value));
        self
    }

    fn retry_after(self, seconds: u32) -> ApiError {
        self.with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> ApiError {
        if error.is_out_of_descriptors() {
            tracing::warn!(%error, "the process has no descriptor left");
            return ApiError::overloaded(Duration::ZERO);
        }
        ApiError::internal(error)
    }
}

impl From<ScoreError> for ApiError {
    fn from(error: ScoreError) -> ApiError {
        match error {
            ScoreError::DeadlinePassed => ApiError::bare(StatusCode::GATEWAY_TIMEOUT),
            ScoreError::Unreadable(error) => error.into(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(mut self) -> Response {
        let (status, header) = (self.status, self.header.take());
        let code = self.body.code;
        let mut response = (status, Json(self.into_envelope())).into_response();
        // The code shows the layers that the response has an envelope.
        response.extensions_mut().insert(code);
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn a_search_without_a_descriptor_is_rejected_until_later() {
        let source = io::Error::from_raw_os_error(24);
        let folder = "rooms".into();
        let error = ApiError::from(StoreError::Folder { folder, source });
        let response = error.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[RETRY_AFTER], "1");
    }
}
