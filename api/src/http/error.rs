//! Why is a request not answered, in words for a person and a code for a program?

use std::error::Error;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::envelope::Refused;

/// Longer values are cut in answers: enough to recognise, too little to fill a log.
const VALUE_CHARS_MAX: usize = 80;

/// An error on its way to the caller. The cause of a 500 stays in the log.
#[derive(Debug, thiserror::Error)]
#[error("{}", shape.message)]
pub(crate) struct ApiError {
    status: StatusCode,
    shape: Box<ErrorShape>,
    retry_after_s: Option<u32>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ErrorShape {
    /// For programs: stable.
    pub(crate) code: Code,
    /// For people: may change.
    #[schema(example = "lat must be a number from -90 to 90, not \"91\"")]
    pub(crate) message: String,
    /// The parameter that is at fault.
    #[schema(example = "lat")]
    pub(crate) field: Option<String>,
    /// What was sent, shortened.
    #[schema(example = "91")]
    pub(crate) value: Option<String>,
    /// What would have been right.
    #[schema(example = "a number from -90 to 90")]
    pub(crate) expected: Option<String>,
    /// Of a `filter`: the character at fault, counted from 1.
    pub(crate) position: Option<usize>,
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
    BadRequest,
    Unauthorized,
    VenueNotFound,
    RoomNotFound,
    RouteNotFound,
    MethodNotAllowed,
    BodyTooLarge,
    UnsupportedMediaType,
    HeadersTooLarge,
    NotReady,
    Overloaded,
    TimedOut,
    Behind,
    Internal,
}

/// Marks a response whose body is an envelope already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enveloped;

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> ApiError {
        ApiError {
            status,
            shape: Box::new(ErrorShape {
                code,
                message: message.into(),
                field: None,
                value: None,
                expected: None,
                position: None,
            }),
            retry_after_s: None,
            source: None,
        }
    }

    /// A parameter whose value is not what it must be.
    pub(crate) fn parameter(field: &str, value: &str, expected: impl Into<String>) -> ApiError {
        let expected = expected.into();
        let message = format!("{field} must be {expected}, not {:?}", shorten(value));
        let mut error = ApiError::new(StatusCode::BAD_REQUEST, Code::InvalidParameter, message);
        error.shape.expected = Some(expected);
        error.about(field, value)
    }

    /// A parameter that has to be there and is not.
    pub(crate) fn missing(field: &str, expected: impl Into<String>) -> ApiError {
        let expected = expected.into();
        let message = format!("{field} is missing: expected {expected}");
        let mut error = ApiError::new(StatusCode::BAD_REQUEST, Code::MissingParameter, message);
        error.shape.field = Some(field.to_owned());
        error.shape.expected = Some(expected);
        error
    }

    pub(crate) fn not_found(code: Code, field: &str, value: &str, expected: &str) -> ApiError {
        let message = format!("{} is not {expected}", shorten(value));
        let mut error = ApiError::new(StatusCode::NOT_FOUND, code, message);
        error.shape.expected = Some(expected.to_owned());
        error.about(field, value)
    }

    pub(crate) fn not_ready(reason: &str) -> ApiError {
        let message = format!("searches are not answered yet: {reason}");
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, Code::NotReady, message).retry_after(5)
    }

    pub(crate) fn overloaded() -> ApiError {
        let message = "too many searches at once; try again shortly";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, Code::Overloaded, message).retry_after(1)
    }

    /// What was asked for is not in the index yet.
    pub(crate) fn behind(message: String) -> ApiError {
        ApiError::new(StatusCode::GATEWAY_TIMEOUT, Code::Behind, message).retry_after(1)
    }

    /// A fault of ours. The cause is logged and never sent.
    pub(crate) fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> ApiError {
        let mut error = ApiError::bare(StatusCode::INTERNAL_SERVER_ERROR);
        error.source = Some(source.into());
        error
    }

    /// What a status says by itself, for answers that routing or a layer gave without a body.
    pub(crate) fn bare(status: StatusCode) -> ApiError {
        let (code, message) = match status {
            StatusCode::NOT_FOUND => (
                Code::RouteNotFound,
                "there is nothing at this path; /openapi.json lists what there is",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                Code::MethodNotAllowed,
                "this path does not take this method; the Allow header lists those it takes",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => {
                (Code::BodyTooLarge, "the request's body is too large")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                Code::UnsupportedMediaType,
                "the request's body is of a media type that is not taken here",
            ),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                (Code::HeadersTooLarge, "the request's headers are too large")
            }
            StatusCode::GATEWAY_TIMEOUT => {
                (Code::TimedOut, "the answer took too long and was given up")
            }
            status if status.is_client_error() => {
                (Code::BadRequest, "the request was not understood")
            }
            _ => (
                Code::Internal,
                "something went wrong here; it was logged under the X-Request-Id of this answer",
            ),
        };
        ApiError::new(status, code, message)
    }

    pub(crate) fn with_code(mut self, code: Code) -> ApiError {
        self.shape.code = code;
        self
    }

    /// Adds what may help to the message.
    pub(crate) fn hint(mut self, hint: &str) -> ApiError {
        self.shape.message.push_str("; ");
        self.shape.message.push_str(hint);
        self
    }

    pub(crate) fn about(mut self, field: &str, value: &str) -> ApiError {
        self.shape.field = Some(field.to_owned());
        self.shape.value = Some(shorten(value));
        self
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> ApiError {
        self.shape.expected = Some(expected.into());
        self
    }

    /// The same of one search among several, whose place is `path`, such as `searches[3]`.
    pub(crate) fn within(mut self, path: &str) -> ApiError {
        self.shape.message = format!("{path}: {}", self.shape.message);
        self.shape.field = Some(match self.shape.field {
            Some(field) => format!("{path}.{field}"),
            None => path.to_owned(),
        });
        self
    }

    /// What is sent; the cause goes to the log.
    pub(crate) fn into_refused(self) -> Refused {
        if let Some(source) = &self.source {
            tracing::error!(error = %chain(source.as_ref()), "request failed");
        }
        Refused::new(*self.shape)
    }

    /// Where in a parameter the fault is: at which character, counted from 1.
    pub(crate) fn at(mut self, position: usize) -> ApiError {
        self.shape.position = Some(position);
        self
    }

    fn retry_after(mut self, seconds: u32) -> ApiError {
        self.retry_after_s = Some(seconds);
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, retry_after_s) = (self.status, self.retry_after_s);
        let mut response = (status, Json(self.into_refused())).into_response();
        response.extensions_mut().insert(Enveloped);
        if let Some(seconds) = retry_after_s {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
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

pub(crate) fn shorten(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
