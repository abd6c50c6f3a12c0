//! Metrics of admission.

use std::time::{Duration, Instant};

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::level::Level;
use crate::http::rejections::Rejections;

/// Counters, gauges and histograms of admission.
#[derive(Clone, Debug)]
pub(crate) struct AdmissionMetrics {
    rejections: Rejections,
    queue: ByClass<Histogram, fn() -> Histogram>,
    running: ByClass<Gauge>,
    waiting: ByClass<Gauge>,
    budget_used: Histogram,
}

type ByClass<M, C = fn() -> M> = Family<[(&'static str, &'static str); 1], M, C>;

const QUEUE_BOUNDS_S: [f64; 10] = [
    0.000_1, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
];

const SHARE_BOUNDS: [f64; 8] = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0];

impl AdmissionMetrics {
    pub(super) fn new(rejections: Rejections) -> AdmissionMetrics {
        let metrics = AdmissionMetrics {
            rejections,
            queue: Family::new_with_constructor(|| Histogram::new(QUEUE_BOUNDS_S)),
            running: Family::default(),
            waiting: Family::default(),
            budget_used: Histogram::new(SHARE_BOUNDS),
        };
        // Exported as 0 before the first search.
        for level in [Level::Cheap, Level::Expensive] {
            drop(metrics.queue.get_or_create(&class(level)));
            drop(metrics.running.get_or_create(&class(level)));
            drop(metrics.waiting.get_or_create(&class(level)));
        }
        metrics
    }

    pub(super) fn set_waiting(&self, level: Level, waiting: usize) {
        let waiting = i64::try_from(waiting).unwrap_or(i64::MAX);
        self.waiting.get_or_create(&class(level)).set(waiting);
    }

    /// Records that a search starts after it has waited.
    pub(super) fn start(&self, level: Level, waited: Duration) {
        let queue = self.queue.get_or_create(&class(level));
        queue.observe(waited.as_secs_f64());
        drop(queue);
        self.running.get_or_create(&class(level)).inc();
    }

    pub(super) fn end(&self, level: Level) {
        self.running.get_or_create(&class(level)).dec();
    }

    pub(super) fn reject(&self, reason: &'static str) {
        self.rejections.record(reason);
    }

    /// Records how much of its time a search has used.
    pub(super) fn record_use(&self, started: Instant, deadline: Instant) {
        let given = deadline.saturating_duration_since(started);
        let used = Instant::now().saturating_duration_since(started);
        let share = used.as_secs_f64() / given.as_secs_f64().max(f64::MIN_POSITIVE);
        self.budget_used.observe(share);
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "search_queue",
            "Time that searches waited for a thread, by class; quick searches need none",
            Unit::Seconds,
            self.queue.clone(),
        );
        registry.register(
            "searches_running",
            "Searches that run on a thread for their class",
            self.running.clone(),
        );
        registry.register(
            "searches_waiting",
            "Searches that wait for a thread for their class",
            self.waiting.clone(),
        );
        registry.register_with_unit(
            "search_budget_used",
            "Share of the time until its deadline that a search has used, waiting included",
            Unit::Ratios,
            self.budget_used.clone(),
        );
    }
}

fn class(level: Level) -> [(&'static str, &'static str); 1] {
    [("class", level.name())]
}
