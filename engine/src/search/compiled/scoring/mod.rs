//! Scores of documents, upper bounds of them for tree nodes, and what follows for pruning.

mod document_scorer;
mod node_bounds;
mod order;
mod pair_scorer;
mod pruning;

pub(crate) use document_scorer::DocumentScorer;
pub(crate) use node_bounds::NodeBounds;
pub(crate) use pruning::CompetitiveDocs;
