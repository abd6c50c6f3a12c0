//! Suggestions while the user types, and corrections of misspelt queries.

mod completions;
mod correction;
mod permitted_places;
mod suggester;
mod suggestion;

pub use correction::Spelling;
pub(crate) use correction::correct;
pub(crate) use suggester::Suggester;
pub use suggestion::{SuggestQuery, Suggestion, SuggestionKind, Suggestions};
