//! A room in JSON.

use roost_collections::rooms;
use roost_engine::Document;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::collections::document::{DocumentJson, document_schema};

/// A room, as the OpenAPI document describes it.
pub(crate) struct Room;

impl Room {
    /// The room in JSON.
    pub(crate) fn json<Text>(document: Document<Text>) -> DocumentJson<Text> {
        DocumentJson::new(rooms::declared(), document)
    }
}

impl PartialSchema for Room {
    fn schema() -> RefOr<Schema> {
        document_schema(&rooms::DECLARATION)
    }
}

impl ToSchema for Room {}
