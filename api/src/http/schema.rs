//! OpenAPI schemas that are built from values of the engine.

use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// The schema of a text that is one of these names.
pub(crate) fn names(names: impl IntoIterator<Item = &'static str>) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(names))
        .into()
}
