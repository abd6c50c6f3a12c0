//! Counters and histograms that are updated while requests are answered.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use roost_engine::Trace;

use crate::http::rejections::Rejections;

/// Counters and histograms of requests.
#[derive(Clone, Debug)]
pub(crate) struct RequestMetrics {
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
    partial: Counter,
    expansions_dropped: Counter,
    server: ServerMetrics,
}

/// What the server does with its connections.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServerMetrics {
    /// Open connections.
    pub(crate) connections: Gauge,
    /// The memory for requests that have arrived in part and for responses that are not read.
    pub(crate) buffered_bytes: Gauge,
    /// Requests that were rejected and connections that were closed.
    pub(crate) rejected: Rejections,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

const LATENCY_BOUNDS_S: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 10.0,
];

impl RequestMetrics {
    pub(crate) fn new() -> RequestMetrics {
        RequestMetrics {
            requests: Family::new_with_constructor(|| Histogram::new(LATENCY_BOUNDS_S)),
            partial: Counter::default(),
            expansions_dropped: Counter::default(),
            server: ServerMetrics::default(),
        }
    }

    pub(crate) fn server(&self) -> &ServerMetrics {
        &self.server
    }

    /// Records an answered request. Unknown paths share the route `none`, so that the number of
    /// label values stays small.
    pub(crate) fn record_request(&self, route: Option<&str>, status: u16, took: Duration) {
        let route = route.unwrap_or("none").to_owned();
        let labels = RequestLabels { route, status };
        self.requests
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
    }

    /// Records an answered room search.
    pub(crate) fn record_search(&self, trace: &Trace) {
        self.partial.inc_by(u64::from(trace.is_partial));
        self.expansions_dropped.inc_by(trace.expansions_dropped);
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "request",
            "Duration of requests by route and status",
            Unit::Seconds,
            self.requests.clone(),
        );
        registry.register(
            "partial_answers",
            "Room searches that reached their deadline and returned a partial result",
            self.partial.clone(),
        );
        registry.register(
            "expansions_dropped",
            "Term expansions of room searches dropped because a query term had too many",
            self.expansions_dropped.clone(),
        );
        self.server.register(registry);
    }
}

impl ServerMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register("connections", "Open connections", self.connections.clone());
        registry.register_with_unit(
            "buffered",
            "Memory for requests that have arrived in part and responses that are not read",
            Unit::Bytes,
            self.buffered_bytes.clone(),
        );
        self.rejected.register(registry);
    }
}
