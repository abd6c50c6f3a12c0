//! The tantivy document: its fields, packed attributes, weighted texts and the stored document.

pub(crate) mod fields;
pub(crate) mod packed_attributes;
pub(crate) mod stored_document;
pub(crate) mod weighted_text;
