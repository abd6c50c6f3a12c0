//! What an action answers. It is committed with the action, for a request that is repeated.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue, LOCATION};
use axum::http::{Response as HttpResponse, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use roost_market::{Position, StoredResponse};
use serde::Serialize;

use super::conditions::etag;
use crate::http::action::POSITION;
use crate::http::envelope::{Answer, NoMeta};
use crate::http::error::ApiError;

/// The response of an action that is not committed yet.
pub(crate) struct Reply {
    /// What a repeated request gets.
    pub(super) stored: StoredResponse,
    /// The body with the secret, which is sent once.
    sent: Option<Vec<u8>>,
}

/// A row that is answered with its entity tag.
pub(crate) struct Versioned<T> {
    /// The version of the row.
    pub(crate) version: i64,
    /// The path of the row, if it is new.
    pub(crate) location: Option<String>,
    /// The JSON of the row.
    pub(crate) data: T,
}

/// A result with a secret, of which the stored response contains nothing.
pub(crate) struct Secretive<T> {
    /// The path of the row, if it is new.
    pub(crate) location: Option<String>,
    /// The JSON with the secret.
    pub(crate) sent: T,
    /// The JSON without it, which a repeated request gets.
    pub(crate) stored: T,
}

impl Reply {
    /// A result without a version.
    pub(crate) fn plain(status: StatusCode, data: impl Serialize) -> Result<Reply, ApiError> {
        Reply::new(status, BTreeMap::new(), data, NoMeta)
    }

    /// A row with its version.
    pub(crate) fn row<T: Serialize>(
        status: StatusCode,
        row: Versioned<T>,
    ) -> Result<Reply, ApiError> {
        Reply::row_with(status, row, NoMeta)
    }

    /// A row with its version and metadata.
    pub(crate) fn row_with<T: Serialize>(
        status: StatusCode,
        row: Versioned<T>,
        meta: impl Serialize,
    ) -> Result<Reply, ApiError> {
        let mut headers = BTreeMap::from([(ETAG.to_string(), etag(row.version))]);
        headers.extend(row.location.map(|path| (LOCATION.to_string(), path)));
        Reply::new(status, headers, row.data, meta)
    }

    /// A result with a secret, which no cache may keep.
    pub(crate) fn secretive<T: Serialize>(
        status: StatusCode,
        answer: Secretive<T>,
    ) -> Result<Reply, ApiError> {
        let headers = answer.location.map(|path| (LOCATION.to_string(), path));
        let headers = headers.into_iter().collect();
        Ok(Reply {
            sent: Some(json(answer.sent, NoMeta)?),
            ..Reply::new(status, headers, answer.stored, NoMeta)?
        })
    }

    fn new(
        status: StatusCode,
        headers: BTreeMap<String, String>,
        data: impl Serialize,
        meta: impl Serialize,
    ) -> Result<Reply, ApiError> {
        let stored = StoredResponse {
            status: status.as_u16(),
            headers,
            body: json(data, meta)?,
        };
        Ok(Reply { stored, sent: None })
    }

    /// The response once the action is committed.
    pub(super) fn into_response(self, position: Position) -> Result<Response, ApiError> {
        let Some(body) = self.sent else {
            return with_position(self.stored, position);
        };
        let mut response = with_position(
            StoredResponse {
                body,
                ..self.stored
            },
            position,
        )?;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}

impl<T: Serialize> Versioned<T> {
    /// The answer to a read of the row.
    pub(crate) fn read(self) -> Response {
        let headers = AppendHeaders([(ETAG, etag(self.version))]);
        (headers, Answer::json(self.data, NoMeta)).into_response()
    }
}

/// A response as it is sent.
pub(super) fn with_position(
    stored: StoredResponse,
    position: Position,
) -> Result<Response, ApiError> {
    let mut response = HttpResponse::builder()
        .status(stored.status)
        .header(CONTENT_TYPE, "application/json")
        .header(POSITION, position.to_string());
    for (name, value) in &stored.headers {
        response = response.header(name, value);
    }
    let response = response.body(Body::from(stored.body));
    response.map_err(ApiError::internal)
}

fn json(data: impl Serialize, meta: impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(&Answer::json(data, meta).0).map_err(ApiError::internal)
}
