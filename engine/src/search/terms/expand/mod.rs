//! Term expansion: which indexed terms each query term stands for.
//!
//! A query term stands for itself, for terms within the allowed number of typos, for continuations
//! if it is a prefix, for its synonyms, and for other placements of spaces. Each expansion has a
//! penalty, so that an exact match ranks above the others.

mod dictionary;
mod expander;
mod expansion;
mod spaces;
mod top_expansions;

pub(crate) use dictionary::{Dictionary, STEPS_PER_LOOKUP};
pub(crate) use expander::expand;
pub(crate) use expansion::{Expansion, TermExpansions};
