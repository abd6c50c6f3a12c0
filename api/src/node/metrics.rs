//! What is measured, for Prometheus and what reads the same?

use std::fmt::{Debug, Error};
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use roost_engine::{Collection, Durations, Freshness, Reader, Trace, Usage};

use crate::app::App;
use crate::envelope::Index;
use crate::error::ApiError;
use crate::health::{HealthReport, Phase};
use crate::rebuild::RebuildReport;
use crate::stream::{CommitReport, StreamReport};

/// What is counted while requests are answered.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
    partial: Counter,
    expansions_dropped: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

/// A gauge of which there are several, told apart by one label.
type Labelled<N> = Family<[(&'static str, String); 1], N>;

const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Tell what is measured.
///
/// In the text format of OpenMetrics, which Prometheus reads.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "get_metrics",
    tag = "health",
    responses((
        status = 200,
        description = "The measures.",
        body = String,
        content_type = "application/openmetrics-text"
    ))
)]
pub(crate) async fn metrics(
    State(app): State<App>,
) -> Result<([(HeaderName, &'static str); 1], String), ApiError> {
    let mut registry = Registry::with_prefix("roost");
    app.metrics().register(&mut registry);
    let report = app.health().report();
    register_health(&mut registry, &report);
    register_stream(&mut registry, &app.health().stream(), app.reader());
    register_index(&mut registry, app.reader());
    let mut text = String::new();
    encode(&mut text, &registry).map_err(ApiError::internal)?;
    Ok(([(CONTENT_TYPE, MEDIA_TYPE)], text))
}

impl Metrics {
    pub(crate) fn new() -> Metrics {
        Metrics {
            requests: Family::new_with_constructor(|| Histogram::new(LATENCY_BOUNDS_S)),
            partial: Counter::default(),
            expansions_dropped: Counter::default(),
        }
    }

    /// A request was answered. Routes are few; what leads nowhere is `none`.
    pub(crate) fn answered(&self, route: Option<&str>, status: u16, took: Duration) {
        let route = route.unwrap_or("none").to_owned();
        let labels = RequestLabels { route, status };
        self.requests
            .get_or_create(&labels)
            .observe(took.as_secs_f64());
    }

    /// A search of rooms was answered.
    pub(crate) fn searched(&self, trace: &Trace) {
        self.partial.inc_by(u64::from(trace.is_partial));
        self.expansions_dropped.inc_by(trace.expansions_dropped);
    }

    fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "request",
            "How long requests took to be answered",
            Unit::Seconds,
            self.requests.clone(),
        );
        registry.register(
            "partial_answers",
            "Searches of rooms that had to stop before their end",
            self.partial.clone(),
        );
        registry.register(
            "expansions_dropped",
            "Likenesses of words that were too many to be searched for",
            self.expansions_dropped.clone(),
        );
    }
}

const LATENCY_BOUNDS_S: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 10.0,
];

fn register_health(registry: &mut Registry, report: &HealthReport) {
    let is = |condition: bool| ConstGauge::new(i64::from(condition));
    let is_following = report.phase == Phase::Following;
    registry.register("ready", "Whether searches are answered", is(report.ready));
    registry.register(
        "following",
        "Whether the stream of changes is followed now",
        is(is_following),
    );
    registry.register(
        "dead_letters",
        "Rows that are left out as they cannot be converted",
        ConstGauge::new(signed(report.dead_letters)),
    );
    if let Some(rebuild) = &report.rebuild {
        register_rebuild(registry, rebuild);
    }
    if let Some(lag_bytes) = report.lag_bytes {
        registry.register_with_unit(
            "lag",
            "Log that searches do not reflect yet",
            Unit::Bytes,
            ConstGauge::new(signed(lag_bytes)),
        );
    }
}

fn register_rebuild(registry: &mut Registry, rebuild: &RebuildReport) {
    let phase = [(rebuild.phase.name(), 1)];
    let help = "What a new index is at that takes the place of the old one";
    register_labelled(registry, "rebuild_phase", help, "phase", phase);
    let rows = [("copied", rebuild.rows), ("all", rebuild.total)];
    let rows = rows.map(|(of, rows)| (of, signed(rows)));
    let help = "Rows of the table that is copied for a new index";
    register_labelled(registry, "rebuild_rows", help, "of", rows);
}

fn register_stream(registry: &mut Registry, stream: &StreamReport, reader: &Reader) {
    let index = Index::now(reader);
    let positions = [
        ("server", stream.server_position),
        ("received", stream.received_position),
        ("applied", stream.applied_position),
        ("committed", stream.committed_position),
        ("documents", index.position),
        ("signals", index.signals_position),
    ];
    let positions = positions.map(|(at, position)| (at, signed(position.0)));
    let help = "Positions in the source's log, by what has come there";
    register_labelled(registry, "position_bytes", help, "at", positions);
    let ages = [
        ("documents", reader.freshness()),
        ("signals", reader.signals_freshness()),
    ];
    let ages = ages
        .into_iter()
        .filter_map(|(of, freshness)| Some((of, age_s(freshness)?)));
    let help = "How long ago that was all there was, which searches show";
    let family = Labelled::<Gauge<f64, std::sync::atomic::AtomicU64>>::default();
    for (of, age_s) in ages {
        family.get_or_create(&[("of", of.to_owned())]).set(age_s);
    }
    registry.register_with_unit("age", help, Unit::Seconds, family);
    registry.register(
        "rows",
        "Rows that were copied or changed",
        ConstCounter::new(stream.rows),
    );
    registry.register_with_unit(
        "commit",
        "How long commits of the index took",
        Unit::Seconds,
        Taken::by_commits(&stream.commits),
    );
    registry.register_with_unit(
        "merge",
        "How long merges of segments took",
        Unit::Seconds,
        Taken::by(&reader.merge_durations()),
    );
    if let Some(slot) = &stream.slot {
        let state = [(slot.wal_status.as_str(), 1)];
        let help = "What Postgres calls the state of the slot";
        register_labelled(registry, "slot_state", help, "wal_status", state);
        registry.register_with_unit(
            "slot_retained_wal",
            "Log that Postgres keeps for the slot",
            Unit::Bytes,
            ConstGauge::new(signed(slot.retained_wal_bytes)),
        );
        if let Some(safe_wal_bytes) = slot.safe_wal_bytes {
            registry.register_with_unit(
                "slot_safe_wal",
                "Log that may be written before the slot is in danger",
                Unit::Bytes,
                ConstGauge::new(safe_wal_bytes),
            );
        }
    }
}

fn register_index(registry: &mut Registry, reader: &Reader) {
    let usages = Collection::ALL.map(|collection| (collection.name(), reader.usage(collection)));
    let mut register = |name, help, measure: fn(&Usage) -> u64| {
        let values = usages.iter();
        let values = values.map(|(of, usage)| (*of, signed(measure(usage))));
        register_labelled(registry, name, help, "collection", values);
    };
    let deleted = |usage: &Usage| usage.segments.iter().map(|segment| segment.deleted).sum();
    register("documents", "Documents that are there", |usage| {
        usage.documents
    });
    register(
        "deleted_documents",
        "Documents that only take room",
        deleted,
    );
    register("segments", "Parts that each search visits", |usage| {
        usage.segments.len() as u64
    });
}

fn register_labelled<'a>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    values: impl IntoIterator<Item = (&'a str, i64)>,
) {
    let family = Labelled::<Gauge>::default();
    for (value, number) in values {
        family
            .get_or_create(&[(label, value.to_owned())])
            .set(number);
    }
    registry.register(name, help, family);
}

fn age_s(freshness: Freshness) -> Option<f64> {
    let age = std::time::SystemTime::now().duration_since(freshness.current_at?);
    Some(age.unwrap_or_default().as_secs_f64())
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Durations that were counted elsewhere.
#[derive(Debug)]
struct Taken {
    sum: Duration,
    count: u64,
    buckets: Vec<(Option<u64>, u64)>,
}

impl Taken {
    fn by(durations: &Durations) -> Taken {
        Taken {
            sum: durations.sum(),
            count: durations.count(),
            buckets: durations.buckets().collect(),
        }
    }

    fn by_commits(commits: &CommitReport) -> Taken {
        Taken {
            sum: Duration::from_micros(commits.total_us),
            count: commits.count,
            buckets: commits.buckets.clone(),
        }
    }
}

impl EncodeMetric for Taken {
    fn encode(&self, mut encoder: MetricEncoder) -> Result<(), Error> {
        let seconds = |ms: u64| Duration::from_millis(ms).as_secs_f64();
        let buckets = self.buckets.iter();
        let buckets: Vec<(f64, u64)> = buckets
            .map(|(bound_ms, count)| (bound_ms.map_or(f64::INFINITY, seconds), *count))
            .collect();
        let sum = self.sum.as_secs_f64();
        encoder.encode_histogram::<NoLabelSet>(sum, self.count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}
