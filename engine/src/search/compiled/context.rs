//! What a search reads beside its snapshot.

use std::rc::Rc;
use std::sync::Arc;

use super::probes::PreparedProbes;
use crate::index::Snapshot;
use crate::query::Query;
use crate::signals::SignalView;

/// Signals, which are read live, and the probes of a reverse search. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SearchContext {
    pub(crate) signals: SignalView,
    pub(crate) probes: Option<Rc<PreparedProbes>>,
}

impl SearchContext {
    /// The context of a query, with a snapshot of the collection of its probes, if it has any.
    pub(crate) fn new(
        query: &Query,
        searched: &Snapshot,
        probed: Option<&Snapshot>,
        signals: SignalView,
    ) -> SearchContext {
        let prepare = |(probes, probed): (&Arc<_>, _)| {
            Rc::new(PreparedProbes::new(probes, searched, probed, &signals))
        };
        let probes = query.probes.as_ref().zip(probed).map(prepare);
        SearchContext { signals, probes }
    }

    /// The context of a query without probes.
    pub(crate) fn without_probes(signals: SignalView) -> SearchContext {
        SearchContext {
            signals,
            probes: None,
        }
    }
}
