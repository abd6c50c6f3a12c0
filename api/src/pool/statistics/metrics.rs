//! The metrics of the request pool.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};
use roost_market::pool::statistics::{PoolStatistics, pool_totals};
use tokio::time::timeout;

use crate::app::state::App;

/// Without an answer of Postgres within this time the other metrics go without these.
const TIMEOUT: Duration = Duration::from_millis(250);

/// The statistics of all requests, if Postgres is reachable and they have been computed.
pub(crate) async fn totals(app: &App) -> Option<PoolStatistics> {
    match timeout(TIMEOUT, pool_totals(app.market().pool())).await {
        Ok(Ok(totals)) => totals,
        Ok(Err(error)) => {
            tracing::debug!(%error, "cannot read the statistics of the request pool");
            None
        }
        Err(_) => None,
    }
}

/// Adds the metrics.
pub(crate) fn register(registry: &mut Registry, totals: &PoolStatistics) {
    let requests = Family::<[(&'static str, &'static str); 1], Gauge>::default();
    for (of, count) in [
        ("all", totals.requests),
        ("active", totals.active),
        ("contracted", totals.contracted),
        ("matched", totals.matched),
        ("never_shown", totals.never_shown),
    ] {
        requests.get_or_create(&[("of", of)]).set(count);
    }
    registry.register(
        "pool_requests",
        "Rental requests, and how many of them are active, have led to a contract, have a match, \
         and have a match but were never viewed",
        requests,
    );
    registry.register(
        "pool_matches",
        "Pairs of a rental request and a landlord",
        ConstGauge::new(totals.matches),
    );
    if let Some(gini) = totals.exposure_gini {
        registry.register(
            "pool_exposure_gini",
            "Gini coefficient of the number of landlords who have viewed each rental request",
            ConstGauge::new(gini),
        );
    }
    let offers = [totals.first_offer_s_p50, totals.first_offer_s_p90];
    let help = "Time from a rental request to its first offer";
    register_times(registry, "pool_first_offer", help, offers);
    let contracts = [totals.contract_s_p50, totals.contract_s_p90];
    let help = "Time from a rental request to its contract";
    register_times(registry, "pool_contract", help, contracts);
}

fn register_times(registry: &mut Registry, name: &str, help: &str, times: [Option<f64>; 2]) {
    let family = Family::<[(&'static str, &'static str); 1], Gauge<f64, AtomicU64>>::default();
    for (quantile, time_s) in ["0.5", "0.9"].into_iter().zip(times) {
        if let Some(time_s) = time_s {
            family.get_or_create(&[("quantile", quantile)]).set(time_s);
        }
    }
    registry.register_with_unit(name, help, Unit::Seconds, family);
}
