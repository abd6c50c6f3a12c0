//! Collectors: the best documents, the number of matches, and the budget that bounds a search.

mod budget;
mod candidate;
mod counter;
mod top_collector;
mod top_owners;

pub(crate) use budget::{DeadlinePassed, SearchBudget};
pub(crate) use candidate::Candidate;
pub(crate) use counter::Counter;
pub use counter::Total;
pub(crate) use top_collector::TopCollector;
