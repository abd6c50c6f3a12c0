//! The routes of any collection: search, heat map, and the list of all.

pub(crate) mod catalog;
pub(crate) mod heatmap;
pub(crate) mod list;
pub(crate) mod search;
