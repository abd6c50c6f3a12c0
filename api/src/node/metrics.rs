//! The metrics endpoint, in the text format of OpenMetrics.

use std::fmt::{Debug, Error};
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};
use roost_engine::{Durations, Freshness, Reader, Usage};
use roost_market::{ActionError, Actor, Scope};

use crate::app::caller::Caller;
use crate::app::source::{
    CommitReport, HealthReport, Phase, RebuildReport, SlotReport, StreamReport,
};
use crate::app::state::App;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::http::freshness::Index;
use crate::pool::statistics;

/// Gauges with one label.
type Labelled<N> = Family<[(&'static str, String); 1], N>;

const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Get the metrics.
///
/// Returns the text format of OpenMetrics, which Prometheus reads.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "get_metrics",
    tag = "health",
    security((), ("access_token" = []), ("api_key" = [])),
    responses(
        (
            status = 200,
            description = "The metrics.",
            body = String,
            content_type = "application/openmetrics-text"
        ),
        (status = 401, description = "The token or key is not valid, or `anonymous_metrics` is off: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The key lacks the scope `metrics:read`, or the user is no admin: `forbidden`.", body = ErrorEnvelope),
        (status = 429, description = "The limit of the key is reached: `too_many_requests`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn metrics(
    State(app): State<App>,
    Caller(actor): Caller,
) -> Result<([(HeaderName, &'static str); 1], String), ApiError> {
    require_metrics(&actor, &app)?;
    let pool_totals = statistics::metrics::totals(&app).await;
    let mut registry = Registry::with_prefix("roost");
    app.metrics().register(&mut registry);
    app.admission().metrics().register(&mut registry);
    app.market().register(&mut registry);
    if let Some(totals) = pool_totals {
        statistics::metrics::register(&mut registry, &totals);
    }
    let report = app.health().report();
    register_health(&mut registry, &report);
    register_stream(&mut registry, &app.health().stream(), app.reader());
    register_index(&mut registry, &app);
    let mut text = String::new();
    encode(&mut text, &registry).map_err(ApiError::internal)?;
    Ok(([(CONTENT_TYPE, MEDIA_TYPE)], text))
}

/// Checks that a caller may read metrics.
fn require_metrics(actor: &Actor, app: &App) -> Result<(), ActionError> {
    match actor {
        Actor::Key(_) => actor.require_scope(Scope::MetricsRead),
        _ if app.anonymous().metrics => Ok(()),
        _ => actor.require_admin(),
    }
}

fn register_health(registry: &mut Registry, report: &HealthReport) {
    let is = |condition: bool| ConstGauge::new(i64::from(condition));
    let is_following = report.phase == Phase::Following;
    registry.register("ready", "Whether searches are answered", is(report.ready));
    registry.register(
        "following",
        "Whether the follower follows the change stream now",
        is(is_following),
    );
    registry.register(
        "dead_letters",
        "Rows that could not be converted and are not searchable",
        ConstGauge::new(signed(report.dead_letters)),
    );
    if let Some(rebuild) = &report.rebuild {
        register_rebuild(registry, rebuild);
    }
    if let Some(lag_bytes) = report.lag_bytes {
        registry.register_with_unit(
            "lag",
            "WAL that searches do not reflect yet",
            Unit::Bytes,
            ConstGauge::new(signed(lag_bytes)),
        );
    }
}

fn register_rebuild(registry: &mut Registry, rebuild: &RebuildReport) {
    let phase = [(rebuild.phase.name(), 1)];
    let help = "Phase of the running or last rebuild";
    register_labelled(registry, "rebuild_phase", help, "phase", phase);
    let rows = [("copied", rebuild.rows), ("all", rebuild.total)];
    let rows = rows.map(|(of, rows)| (of, signed(rows)));
    let help = "Rows of the table that a rebuild copies";
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
    let help = "WAL positions by stage";
    register_labelled(registry, "position_bytes", help, "at", positions);
    let ages = [
        ("documents", reader.freshness()),
        ("signals", reader.signals_freshness()),
    ];
    let ages = ages
        .into_iter()
        .filter_map(|(of, freshness)| Some((of, age_s(freshness)?)));
    let help = "Time since documents and signals were last known to be up to date";
    let family = Labelled::<Gauge<f64, AtomicU64>>::default();
    for (of, age_s) in ages {
        family.get_or_create(&[("of", of.to_owned())]).set(age_s);
    }
    registry.register_with_unit("age", help, Unit::Seconds, family);
    registry.register(
        "rows",
        "Rows copied or changed",
        ConstCounter::new(stream.rows),
    );
    registry.register_with_unit(
        "commit",
        "Duration of index commits",
        Unit::Seconds,
        DurationHistogram::of_commits(&stream.commits),
    );
    registry.register_with_unit(
        "merge",
        "Duration of segment merges",
        Unit::Seconds,
        DurationHistogram::of(&reader.merge_durations()),
    );
    if let Some(slot) = &stream.slot {
        register_slot(registry, slot);
    }
}

fn register_slot(registry: &mut Registry, slot: &SlotReport) {
    let state = [(slot.wal_status.as_str(), 1)];
    let help = "State of the slot, as Postgres names it";
    register_labelled(registry, "slot_state", help, "wal_status", state);
    registry.register_with_unit(
        "slot_retained_wal",
        "WAL that Postgres retains for the slot",
        Unit::Bytes,
        ConstGauge::new(signed(slot.retained_wal_bytes)),
    );
    if let Some(safe_wal_bytes) = slot.safe_wal_bytes {
        registry.register_with_unit(
            "slot_safe_wal",
            "WAL that can be written before the slot may be lost",
            Unit::Bytes,
            ConstGauge::new(safe_wal_bytes),
        );
    }
}

fn register_index(registry: &mut Registry, app: &App) {
    let reader = app.reader();
    let collections = app.collections();
    let usages: Vec<(&str, Usage)> = collections
        .map(|collection| (collection.name(), reader.usage(collection)))
        .collect();
    let mut register = |name, help, measure: fn(&Usage) -> u64| {
        let values = usages.iter();
        let values = values.map(|(of, usage)| (*of, signed(measure(usage))));
        register_labelled(registry, name, help, "collection", values);
    };
    let deleted = |usage: &Usage| usage.segments.iter().map(|segment| segment.deleted).sum();
    register("documents", "Live documents", |usage| usage.documents);
    register(
        "deleted_documents",
        "Deleted or replaced documents that still use space",
        deleted,
    );
    register("segments", "Segments of the index", |usage| {
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
    let age = SystemTime::now().duration_since(freshness.current_at?);
    Some(age.unwrap_or_default().as_secs_f64())
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A histogram of durations that the engine or the indexer recorded.
#[derive(Debug)]
struct DurationHistogram {
    sum: Duration,
    count: u64,
    buckets: Vec<(Option<u64>, u64)>,
}

impl DurationHistogram {
    fn of(durations: &Durations) -> DurationHistogram {
        DurationHistogram {
            sum: durations.sum(),
            count: durations.count(),
            buckets: durations.buckets().collect(),
        }
    }

    fn of_commits(commits: &CommitReport) -> DurationHistogram {
        DurationHistogram {
            sum: Duration::from_micros(commits.total_us),
            count: commits.count,
            buckets: commits.buckets.clone(),
        }
    }
}

impl EncodeMetric for DurationHistogram {
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
