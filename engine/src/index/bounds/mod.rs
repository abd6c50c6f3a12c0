//! Lower and upper bounds of the documents below a tree node, by which searches skip nodes.

pub(crate) mod attribute_bounds;
pub(crate) mod cache;
pub(crate) mod document_signals;
pub(crate) mod signal_bounds;
pub(crate) mod static_bounds;
pub(crate) mod term_bounds;
pub(crate) mod value_bounds;
pub(crate) mod word_bounds;
