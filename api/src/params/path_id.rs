//! The id in the path of a route.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use uuid::Uuid;

use super::scalar::{Id, Scalar};
use crate::http::error::ApiError;

/// The id in the path of a route.
pub(crate) struct PathId(pub(crate) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathId, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => match Id.parse(&text) {
                Ok(id) => Ok(PathId(id)),
                Err(_) => Err(ApiError::parameter("id", &text, Id.expected())),
            },
            // The segment of the id is unknown where the path cannot be decoded.
            Err(_) => Err(ApiError::parameter(
                "id",
                parts.uri.path(),
                "UTF-8 text, percent-encoded",
            )),
        }
    }
}
