//! Matches of a term query in one segment: iterates them, scores them and bounds their scores.

mod bounded_cursor;
mod cursor;
mod explain;
mod forward_cursor;
mod match_cursor;

pub(crate) use bounded_cursor::BoundedCursor;
pub(crate) use cursor::{STEPS_PER_OPENED, TermCursor, steps_of};
pub use explain::MatchedWord;
pub(crate) use explain::{matched_words, text_score};
pub(crate) use forward_cursor::ForwardCursor;
pub(crate) use match_cursor::{BoundedMatches, ForwardMatches, Matches};
