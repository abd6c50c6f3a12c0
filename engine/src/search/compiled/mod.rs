//! A query compiled for one snapshot: its filter and its scorer.

pub(crate) mod filter;
pub(crate) mod scoring;

use crate::index::{Snapshot, StoreError};
use crate::query::Query;
use crate::signals::SignalView;
use filter::Filter;
use scoring::{DocumentScorer, NodeBounds};

/// The filter and the scorer of a query. The query terms are compiled separately, since they may be
/// relaxed.
pub(crate) struct CompiledQuery<'a> {
    pub(crate) filter: Filter<'a>,
    pub(crate) scorer: DocumentScorer<'a>,
    pub(crate) signals: SignalView,
}

impl<'a> CompiledQuery<'a> {
    pub(crate) fn new(
        query: &'a Query,
        snapshot: &Snapshot,
        signals: SignalView,
    ) -> Result<CompiledQuery<'a>, StoreError> {
        Ok(CompiledQuery {
            filter: Filter::new(query, snapshot, signals.clone())?,
            scorer: DocumentScorer::new(query, snapshot, signals.clone()),
            signals,
        })
    }

    pub(crate) fn bounds(&self) -> NodeBounds<'_> {
        NodeBounds::new(&self.scorer)
    }
}
