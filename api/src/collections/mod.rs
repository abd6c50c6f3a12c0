//! The search of any declared collection. What is about rooms or venues only is in the folders of
//! these.

pub(crate) mod access;
pub(crate) mod document;
pub(crate) mod facets;
pub(crate) mod filters;
pub(crate) mod heatmap;
pub(crate) mod highlight;
pub(crate) mod order;
pub(crate) mod ranking;
pub(crate) mod reach;
pub(crate) mod routes;
pub(crate) mod search;
pub(crate) mod searched;
pub(crate) mod wording;
