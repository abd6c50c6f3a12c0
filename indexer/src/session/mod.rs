//! The follower: copies the tables, streams their changes, and rebuilds the index.

mod change;
pub(crate) mod checkpoint;
pub(crate) mod follower;
mod initial_copy;
mod new_index;
pub(crate) mod rebuild;
pub(crate) mod start;
pub(crate) mod stream;
