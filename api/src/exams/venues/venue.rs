//! A venue in JSON.

use roost_collections::venues;
use roost_engine::Document;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::collections::document::{DocumentJson, document_schema};

/// An exam venue, as the OpenAPI document describes it.
pub(crate) struct Venue;

impl Venue {
    /// The venue in JSON.
    pub(crate) fn json(document: Document) -> DocumentJson {
        DocumentJson::new(venues::declared(), document)
    }
}

impl PartialSchema for Venue {
    fn schema() -> RefOr<Schema> {
        document_schema(&venues::DECLARATION)
    }
}

impl ToSchema for Venue {}
