//! Rooms: which are found, and what is told of one?

mod did_you_mean;
mod filters;
pub(crate) mod highlight;
pub(crate) mod item;
pub(crate) mod search;
pub(crate) mod shape;
mod stay;
pub(crate) mod wish;
