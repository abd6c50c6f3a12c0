//! Text analysis: words, query syntax, synonyms, edit distance and the dictionary tree.

pub(crate) mod analyze;
pub(crate) mod edit_distance;
pub(crate) mod language;
pub(crate) mod query_term;
pub(crate) mod syntax;
pub(crate) mod term_tree;

pub use analyze::words;
pub use language::{Language, LanguageError};
pub use query_term::Typos;
