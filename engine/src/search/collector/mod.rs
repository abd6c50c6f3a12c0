//! Collectors: the best documents and the number of matches.

mod candidate;
mod counter;
mod top_collector;
mod top_documents;
mod top_owners;

pub(crate) use candidate::{Candidate, ScoreInputs};
pub(crate) use counter::Counter;
pub use counter::Total;
pub(crate) use top_collector::TopCollector;
