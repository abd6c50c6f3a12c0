//! Writes the answer of a list route item by item.
//!
//! Items borrow their texts from the index, so they are serialized while the search still has the
//! documents at hand.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::error::{ApiError, ErrorEnvelope};

/// An [`Answer`](super::envelope::Answer) whose data is a list, serialized item by item.
pub(crate) struct ListWriter {
    json: Vec<u8>,
    is_first: bool,
    outcome: serde_json::Result<()>,
}

/// A serialized answer, ready to be sent or to become an item of another answer.
pub(crate) struct SerializedAnswer(Vec<u8>);

/// More than most rooms take.
const BYTES_PER_ITEM: usize = 1_200;
const BYTES_AROUND: usize = 2_048;

impl ListWriter {
    /// Reserves memory for this many items.
    pub(crate) fn with_capacity(count: usize) -> ListWriter {
        let mut json = Vec::with_capacity(count * BYTES_PER_ITEM + BYTES_AROUND);
        json.extend(br#"{"success":true,"data":["#);
        ListWriter {
            json,
            is_first: true,
            outcome: Ok(()),
        }
    }

    /// Adds an item. [`finish`](ListWriter::finish) returns the first error.
    pub(crate) fn push(&mut self, item: &impl Serialize) {
        if self.outcome.is_err() {
            return;
        }
        self.separate();
        self.outcome = serde_json::to_writer(&mut self.json, item);
    }

    /// Adds a whole answer as an item.
    pub(crate) fn push_answer(&mut self, answer: &SerializedAnswer) {
        self.separate();
        self.json.extend(&answer.0);
    }

    /// Completes the answer.
    pub(crate) fn finish(mut self, meta: &impl Serialize) -> Result<SerializedAnswer, ApiError> {
        self.json.extend(br#"],"meta":"#);
        let outcome = self
            .outcome
            .and_then(|()| serde_json::to_writer(&mut self.json, meta));
        outcome.map_err(ApiError::internal)?;
        self.json.extend(br#","error":null}"#);
        Ok(SerializedAnswer(self.json))
    }

    fn separate(&mut self) {
        if !std::mem::replace(&mut self.is_first, false) {
            self.json.push(b',');
        }
    }
}

impl SerializedAnswer {
    /// A whole answer. A large one takes milliseconds to serialize, which is work for the thread of
    /// the search, not for one that serves connections.
    pub(crate) fn of(answer: &impl Serialize) -> Result<SerializedAnswer, ApiError> {
        let json = serde_json::to_vec(answer).map_err(ApiError::internal)?;
        Ok(SerializedAnswer(json))
    }

    /// An error as an item of a list.
    pub(crate) fn error(envelope: &ErrorEnvelope) -> Result<SerializedAnswer, ApiError> {
        SerializedAnswer::of(envelope)
    }
}

impl IntoResponse for SerializedAnswer {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::envelope::{Answer, NoMeta};
    use axum::body::to_bytes;

    #[tokio::test]
    async fn a_list_that_is_written_item_by_item_equals_one_that_is_serialized_at_once() {
        for items in [vec![], vec!["a"], vec!["a", "\"b\"", "c"]] {
            let mut written = ListWriter::with_capacity(items.len());
            for item in &items {
                written.push(item);
            }
            let written = written.finish(&NoMeta).unwrap().into_response();
            let at_once = Answer::json(items, NoMeta).into_response();
            assert_eq!(written.headers(), at_once.headers());
            let bytes = |response: Response| to_bytes(response.into_body(), usize::MAX);
            assert_eq!(bytes(written).await.unwrap(), bytes(at_once).await.unwrap());
        }
    }
}
