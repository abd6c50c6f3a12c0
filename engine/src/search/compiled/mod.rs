//! A query compiled for one snapshot: its filter and its scorer.

mod context;
pub(crate) mod filter;
mod probes;
pub(crate) mod scoring;

use crate::index::{Snapshot, StoreError};
use crate::query::Query;
pub(crate) use context::SearchContext;
use filter::Filter;
use scoring::{DocumentScorer, NodeBounds};

/// The filter and the scorer of a query. The query terms are compiled separately, since they may be
/// relaxed.
pub(crate) struct CompiledQuery<'a> {
    pub(crate) filter: Filter<'a>,
    pub(crate) scorer: DocumentScorer<'a>,
    pub(crate) context: SearchContext,
}

impl<'a> CompiledQuery<'a> {
    pub(crate) fn new(
        query: &'a Query,
        snapshot: &Snapshot,
        context: SearchContext,
    ) -> Result<CompiledQuery<'a>, StoreError> {
        Ok(CompiledQuery {
            filter: Filter::new(query, snapshot, &context)?,
            scorer: DocumentScorer::new(query, snapshot, &context),
            context,
        })
    }

    pub(crate) fn bounds(&self) -> NodeBounds<'_> {
        NodeBounds::new(&self.scorer)
    }
}
