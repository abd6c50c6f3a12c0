//! Rooms: which are found, and what is told of one?

mod did_you_mean;
pub(crate) mod expression;
mod facets;
mod filters;
mod groups;
pub(crate) mod heatmap;
pub(crate) mod highlight;
pub(crate) mod item;
pub(crate) mod search;
pub(crate) mod shape;
mod stay;
mod understood;
pub(crate) mod wish;
