//! What is around every answer?

use std::time::{Instant, SystemTime};

use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use roost_engine::{Position, Reader};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{ApiError, ErrorShape};

/// An answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer<T, M> {
    /// Always true; an error has false.
    #[schema(example = true)]
    success: bool,
    /// What was asked for.
    data: T,
    /// How the answer came about.
    meta: M,
    /// Always null; an error has it filled.
    #[schema(value_type = Option<ErrorShape>)]
    error: (),
}

/// An [`Answer`] whose data is a list, written item by item while what they are made of is still
/// where it was read.
pub(crate) struct Items {
    json: Vec<u8>,
    is_first: bool,
    written: serde_json::Result<()>,
}

/// An answer in JSON, ready to be sent, or to be put into another.
pub(crate) struct Written(Vec<u8>);

/// More than most rooms take.
const BYTES_AN_ITEM: usize = 1_200;
const BYTES_AROUND: usize = 2_048;

/// A request that was not answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Refused {
    /// Always false.
    #[schema(example = false)]
    success: bool,
    /// Always null.
    #[schema(value_type = Option<Object>)]
    data: (),
    /// Always null.
    #[schema(value_type = Option<Object>)]
    meta: (),
    error: ErrorShape,
}

/// Null: there is nothing to tell of how the answer came about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Nothing;

/// How one document's answer came about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemMeta {
    /// Time taken here, in microseconds.
    #[schema(example = 240)]
    took_us: u64,
    index: Index,
}

/// Which state of the source an answer shows.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Index {
    /// The source's position up to which every change is searchable.
    #[schema(value_type = String, example = "16/B374D848")]
    pub position: Position,
    /// Milliseconds since that was known to be all there is; null if never since the start.
    #[schema(example = 180)]
    pub age_ms: Option<u64>,
    /// The position up to which landlords' signals are in force.
    #[schema(value_type = String, example = "16/B374D9A0")]
    pub signals_position: Position,
    /// Milliseconds since the signals were known to be all there is; null if never since the start.
    #[schema(example = 20)]
    pub signals_age_ms: Option<u64>,
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

impl Items {
    /// For about so many.
    pub(crate) fn with_capacity(count: usize) -> Items {
        let mut json = Vec::with_capacity(count * BYTES_AN_ITEM + BYTES_AROUND);
        json.extend(br#"{"success":true,"data":["#);
        Items {
            json,
            is_first: true,
            written: Ok(()),
        }
    }

    pub(crate) fn push(&mut self, item: &impl Serialize) {
        if self.written.is_err() {
            return;
        }
        self.separate();
        self.written = serde_json::to_writer(&mut self.json, item);
    }

    fn separate(&mut self) {
        if !std::mem::replace(&mut self.is_first, false) {
            self.json.push(b',');
        }
    }

    /// Adds a whole answer as an item.
    pub(crate) fn push_written(&mut self, answer: &Written) {
        self.separate();
        self.json.extend(&answer.0);
    }

    /// The whole answer.
    pub(crate) fn answer(mut self, meta: &impl Serialize) -> Result<Written, ApiError> {
        self.json.extend(br#"],"meta":"#);
        let written = self
            .written
            .and_then(|()| serde_json::to_writer(&mut self.json, meta));
        written.map_err(ApiError::internal)?;
        self.json.extend(br#","error":null}"#);
        Ok(Written(self.json))
    }
}

impl Written {
    /// A refusal is an answer too, where it is one of many.
    pub(crate) fn refused(refused: &Refused) -> Result<Written, ApiError> {
        let json = serde_json::to_vec(refused).map_err(ApiError::internal)?;
        Ok(Written(json))
    }
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

impl Refused {
    pub(crate) fn new(error: ErrorShape) -> Refused {
        Refused {
            success: false,
            data: (),
            meta: (),
            error,
        }
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

impl Index {
    /// To be called before the search, so that the age is not told too young.
    pub(crate) fn now(reader: &Reader) -> Index {
        let (documents, signals) = (reader.freshness(), reader.signals_freshness());
        let now = SystemTime::now();
        let age_ms = |at| {
            let age = now.duration_since(at).unwrap_or_default();
            u64::try_from(age.as_millis()).unwrap_or(u64::MAX)
        };
        Index {
            position: documents.position,
            age_ms: documents.current_at.map(age_ms),
            signals_position: signals.position,
            signals_age_ms: signals.current_at.map(age_ms),
        }
    }

    /// The same for a search that may have seen a newer commit.
    pub(crate) fn seen_at(mut self, position: Position) -> Index {
        self.position = self.position.max(position);
        self
    }
}

pub(crate) fn took_us(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    #[tokio::test]
    async fn a_list_that_is_written_item_by_item_is_the_same_answer() {
        for items in [vec![], vec!["a"], vec!["a", "\"b\"", "c"]] {
            let mut written = Items::with_capacity(items.len());
            for item in &items {
                written.push(item);
            }
            let written = written.answer(&Nothing).unwrap().into_response();
            let whole = Answer::json(items, Nothing).into_response();
            assert_eq!(written.headers(), whole.headers());
            let bytes = |response: Response| to_bytes(response.into_body(), usize::MAX);
            assert_eq!(bytes(written).await.unwrap(), bytes(whole).await.unwrap());
        }
    }
}
