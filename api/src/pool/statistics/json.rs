//! The JSON of the statistics.

use roost_market::pool::statistics::{PoolStatistics, StatisticsReport};
use serde::Serialize;
use utoipa::ToSchema;

/// The statistics of the request pool.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PoolStatistics)]
pub(crate) struct ReportJson {
    /// Of all requests, whatever the parameters.
    total: StatisticsJson,
    /// By the week and city of requests, in this order.
    groups: Vec<StatisticsJson>,
}

/// The statistics of some requests: of the pool, or of those that were matched with the landlord.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RequestStatistics)]
struct StatisticsJson {
    /// The city; empty if unknown, null for all.
    #[schema(example = "Mysuru")]
    city: Option<String>,
    /// The ISO week of the first night; null for all.
    #[schema(example = "2026-W50")]
    week: Option<String>,
    /// The number of requests.
    #[schema(example = 240)]
    requests: i64,
    /// Those that are active.
    #[schema(example = 80)]
    active_requests: i64,
    /// The mean number of landlords that a request was matched with; null for a landlord.
    #[schema(example = 41.5)]
    matches_per_request: Option<f64>,
    /// The share of requests that have led to a contract, for a landlord to one with it.
    #[schema(example = 0.62)]
    match_rate: Option<f64>,
    /// From the request to its first offer, in seconds; for a landlord, from the match to its own.
    time_to_first_offer_s: TimesJson,
    /// From the request to a contract, in seconds; for a landlord, from the match.
    time_to_contract_s: TimesJson,
    /// The Gini coefficient of the number of landlords who have viewed each request: 0 if all have
    /// as many. Of requests with a match; null without a view, and for a landlord.
    #[schema(example = 0.36)]
    exposure_gini: Option<f64>,
    /// The share of the requests with a match that no landlord has viewed; for a landlord, that it
    /// has not viewed.
    #[schema(example = 0.01)]
    never_shown_share: Option<f64>,
}

/// Percentiles of a time; null if there is none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimePercentiles)]
struct TimesJson {
    /// The median.
    #[schema(example = 1260.0)]
    p50: Option<f64>,
    /// The 90th percentile.
    #[schema(example = 9840.0)]
    p90: Option<f64>,
}

impl ReportJson {
    /// The statistics of the pool, or of a landlord.
    pub(super) fn new(report: StatisticsReport) -> ReportJson {
        // Those of a landlord are computed when they are read.
        let is_of_pool = report.updated_at.is_some();
        let json = |statistics| StatisticsJson::new(statistics, is_of_pool);
        ReportJson {
            total: json(report.total),
            groups: report.groups.items.into_iter().map(json).collect(),
        }
    }
}

impl StatisticsJson {
    fn new(statistics: PoolStatistics, is_of_pool: bool) -> StatisticsJson {
        let per_request = |count| share(count, statistics.requests);
        StatisticsJson {
            requests: statistics.requests,
            active_requests: statistics.active,
            matches_per_request: per_request(statistics.matches).filter(|_| is_of_pool),
            match_rate: per_request(statistics.contracted),
            time_to_first_offer_s: TimesJson {
                p50: statistics.first_offer_s_p50,
                p90: statistics.first_offer_s_p90,
            },
            time_to_contract_s: TimesJson {
                p50: statistics.contract_s_p50,
                p90: statistics.contract_s_p90,
            },
            exposure_gini: statistics.exposure_gini,
            never_shown_share: share(statistics.never_shown, statistics.matched),
            city: statistics.city,
            week: statistics.week,
        }
    }
}

/// A count in parts of another, `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn share(count: i64, of: i64) -> Option<f64> {
    (of > 0).then(|| count as f64 / of as f64)
}
