//! Parts of a query that several routes read, and parts of an answer that several routes return.

pub(crate) mod at_least;
pub(crate) mod cursor;
pub(crate) mod day;
pub(crate) mod list;
pub(crate) mod paging;
pub(crate) mod place;
pub(crate) mod score;
pub(crate) mod text;
pub(crate) mod total;
