//! Rooms: search, suggestions for it, heat map, single rooms and their scores, and what their
//! landlords do with them.

pub(crate) mod actions;
pub(crate) mod heatmap;
pub(crate) mod item;
pub(crate) mod legacy;
pub(crate) mod multi_search;
pub(crate) mod params;
pub(crate) mod room;
mod schema;
pub(crate) mod search;
mod stay;
pub(crate) mod suggest;
