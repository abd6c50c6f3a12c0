//! Text analysis: words, edit distance and the dictionary tree.

pub(crate) mod analyze;
pub(crate) mod edit_distance;
pub(crate) mod term_tree;

pub use analyze::words;
