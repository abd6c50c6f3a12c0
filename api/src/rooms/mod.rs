//! Rooms: search, heat map, single rooms and their scores.

pub(crate) mod filters;
pub(crate) mod heatmap;
pub(crate) mod item;
pub(crate) mod legacy;
pub(crate) mod multi_search;
pub(crate) mod ranking;
pub(crate) mod room;
pub(crate) mod search;
pub(crate) mod vocabulary;
