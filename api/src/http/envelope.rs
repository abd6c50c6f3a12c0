//! The envelope of successful answers: `{success, data, meta, error}`.

use std::time::Instant;

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ErrorBody;
use super::freshness::Index;

/// A successful answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer<T, M> {
    /// Always true; false in errors.
    #[schema(example = true)]
    success: bool,
    /// The result.
    data: T,
    /// How the request was understood and answered.
    meta: M,
    /// Always null; filled in errors.
    #[schema(value_type = Option<ErrorBody>)]
    error: (),
}

/// Null: the answer has no metadata.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoMeta;

/// The metadata of an answer about one document.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemMeta {
    /// Time spent in this service, in microseconds.
    #[schema(example = 240)]
    took_us: u64,
    index: Index,
}

impl<T, M> Answer<T, M> {
    pub(crate) fn json(data: T, meta: M) -> Json<Answer<T, M>> {
        Json(Answer {
            success: true,
            data,
            meta,
            error: (),
        })
    }
}

impl ItemMeta {
    pub(crate) fn new(started: Instant, index: Index) -> ItemMeta {
        ItemMeta {
            took_us: took_us(started),
            index,
        }
    }
}

/// Microseconds since `started`.
pub(crate) fn took_us(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}
