//! Answers of actions: the result of a write with its position, or why it was not done.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE};
use axum::response::{AppendHeaders, IntoResponse, Response};
use roost_market::{ActionError, FieldError, Written};
use serde::Serialize;

use super::envelope::{Answer, NoMeta};
use super::error::{ApiError, Code};
use super::row_error::{ROWS_MAX, RowErrorJson};

/// The response header with the WAL position of a write, which `at_least` accepts.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("roost-position");

/// The answer to a write: a status, the result, and the position at which searches reflect it.
pub(crate) fn written<T: Serialize>(status: StatusCode, done: Written<T>) -> Response {
    let position = AppendHeaders([(POSITION, done.position.to_string())]);
    (status, position, Answer::json(done.result, NoMeta)).into_response()
}

/// The answer to a read of the tables.
pub(crate) fn read<T: Serialize>(data: T) -> Json<Answer<T, NoMeta>> {
    Answer::json(data, NoMeta)
}

impl From<ActionError> for ApiError {
    fn from(error: ActionError) -> ApiError {
        let message = error.to_string();
        match error {
            ActionError::Invalid(FieldError {
                field,
                value: Some(value),
                expected,
            }) => ApiError::parameter(&field, &value, expected),
            ActionError::Invalid(FieldError {
                field, expected, ..
            }) => ApiError::secret(&field, expected),
            ActionError::InvalidRows(rows) => {
                let rows = rows.into_iter().take(ROWS_MAX);
                let rows = rows.map(|row| RowErrorJson::new(row, None)).collect();
                ApiError::new(StatusCode::BAD_REQUEST, Code::InvalidRows, message).with_rows(rows)
            }
            ActionError::Unauthenticated(_) => {
                ApiError::new(StatusCode::UNAUTHORIZED, Code::Unauthorized, message)
                    .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
            }
            ActionError::Forbidden(_) => {
                ApiError::new(StatusCode::FORBIDDEN, Code::Forbidden, message)
            }
            ActionError::NotFound(FieldError {
                field,
                value,
                expected,
            }) => {
                let value = value.unwrap_or_default();
                ApiError::not_found(Code::NotFound, &field, &value, &expected)
            }
            ActionError::Conflict(_) => {
                ApiError::new(StatusCode::CONFLICT, Code::Conflict, message)
            }
            ActionError::PreconditionFailed(_) => {
                let (status, code) = (StatusCode::PRECONDITION_FAILED, Code::PreconditionFailed);
                ApiError::new(status, code, message)
            }
            ActionError::TooMany { retry_after } => ApiError::too_many(retry_after),
            ActionError::Busy => ApiError::busy(),
            ActionError::Internal(source) => ApiError::internal(source),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_error_of_an_action_has_a_status_and_only_a_fault_hides_its_text() {
        for (error, status, message) in [
            (
                ActionError::invalid("price", -1, "above 0"),
                400,
                "price must be above 0, not \"-1\"",
            ),
            (
                ActionError::invalid_secret("password", "longer"),
                400,
                "password must be longer",
            ),
            (
                ActionError::sign_in_required(),
                401,
                "this needs a signed-in caller",
            ),
            (ActionError::forbidden("not yours"), 403, "not yours"),
            (
                ActionError::not_found("id", 7, "a room"),
                404,
                "7 is not a room",
            ),
            (ActionError::conflict("taken"), 409, "taken"),
            (
                ActionError::PreconditionFailed("changed".into()),
                412,
                "changed",
            ),
            (
                ActionError::TooMany {
                    retry_after: Duration::from_millis(1500),
                },
                429,
                "too many attempts; try again in 2 s",
            ),
            (
                ActionError::Busy,
                503,
                "the service is busy; try again shortly",
            ),
            (
                ActionError::internal("a secret of the house"),
                500,
                "internal error; the cause is logged under the X-Request-Id of this answer",
            ),
        ] {
            let error = ApiError::from(error);
            assert_eq!(error.to_string(), message);
            assert_eq!(error.into_response().status(), status, "{message}");
        }
    }
}
