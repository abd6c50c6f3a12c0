//! Query terms: expands them to indexed terms, finds the documents that match, and scores their
//! texts.
//!
//! The text component is BM25 over the largest BM25 that the query can reach; `bm25.rs` has the
//! formula. A query term stands for several indexed terms, its expansions, each with a penalty in
//! (0, 1]; in each document the one that adds most counts. A query term without expansions is
//! missing from both sums, since no document can contain it.

mod bm25;
mod expand;
mod expanded_query;
mod matches;
mod phrase;
mod term_query;

pub(crate) use expand::{Dictionary, Expansion, STEPS_PER_LOOKUP, TermExpansions, expand};
pub use matches::MatchedWord;
pub(crate) use matches::{
    BoundedCursor, BoundedMatches, ForwardCursor, ForwardMatches, Matches, STEPS_PER_OPENED,
    TermCursor, matched_words, steps_of, text_score,
};
pub(crate) use phrase::Phrase;
pub(crate) use term_query::TermQuery;
