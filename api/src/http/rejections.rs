//! Counts rejected requests and closed connections, by reason.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// The counters of all reasons. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rejections(Family<[(&'static str, &'static str); 1], Counter>);

impl Rejections {
    /// Counts one rejection.
    pub(crate) fn record(&self, reason: &'static str) {
        self.0.get_or_create(&[("reason", reason)]).inc();
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "rejected",
            "Rejected requests and closed connections by reason",
            self.0.clone(),
        );
    }
}
