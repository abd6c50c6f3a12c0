//! How a document is encoded for tantivy: its fields, its searched words and its stored bytes.

pub(crate) mod fields;
pub(crate) mod stored_document;
pub(crate) mod weighted_text;
