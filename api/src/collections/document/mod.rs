//! Documents of declared collections in JSON and in the OpenAPI document.

mod json;
mod schema;

pub(crate) use json::DocumentJson;
pub(crate) use schema::{document_schema, ownerless_document_schema};
