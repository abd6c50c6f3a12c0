//! Reads the statistics.

use axum::Json;
use axum::extract::{RawQuery, State};
use roost_market::pool::statistics::{StatisticsFilter, read_statistics};
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;

use super::json::ReportJson;
use super::week::{Week, WeekAndCity};
use crate::app::caller::Caller;
use crate::app::state::App;
use crate::http::envelope::Answer;
use crate::http::error::{ApiError, ErrorEnvelope};
use crate::params::declaration::{Documented, Group, Param, QueryParams, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Text, Whole};

params! {
    /// Which requests.
    const STATISTICS;

    /// Only requests in this city.
    CITY: Text = Param::new("city", Text { chars_max: 200 }).example("Mysuru");

    /// Only requests whose first night is in this ISO week.
    WEEK: Week = Param::new("week", Week).example("2026-W50");

    /// The maximum number of groups in an answer.
    LIMIT: WithDefault<Whole<u32>> = Param::new("limit", Whole { min: 1, max: 1_000 })
        .default(100)
        .example("10");

    /// The `meta.next_cursor` of the previous page.
    AFTER: WeekAndCity = Param::new("cursor", WeekAndCity);
}

/// How the groups go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatisticsMeta {
    /// The `cursor` of the next page; null on the last one.
    #[schema(example = "2026-W50/Mysuru")]
    next_cursor: Option<String>,
    #[schema(example = 100)]
    limit: u32,
    /// When the statistics of the pool were computed, at most some minutes ago; null before the
    /// first time, and for a landlord, whose own are always current.
    #[schema(example = "2026-12-01T09:30:00.000Z")]
    updated_at: Option<String>,
}

/// The query parameters of the statistics.
struct StatisticsParams;

impl QueryParams for StatisticsParams {
    const GROUPS: &'static [Group] = &[STATISTICS];
}

/// Get the statistics of the request pool.
///
/// An admin gets those of the whole pool, a landlord those of the requests that were matched with
/// it in the last months.
#[utoipa::path(
    get,
    path = "/api/v1/pool/stats",
    operation_id = "get_pool_statistics",
    tag = "requests",
    security(("access_token" = []), ("api_key" = [])),
    params(Documented<StatisticsParams>),
    responses(
        (status = 200, description = "The statistics.", body = Answer<ReportJson, StatisticsMeta>),
        (status = 400, description = "A parameter is not valid: `invalid_parameter`.", body = ErrorEnvelope),
        (status = 401, description = "The caller is not signed in: `unauthorized`.", body = ErrorEnvelope),
        (status = 403, description = "The caller is neither an admin nor a landlord: `forbidden`.", body = ErrorEnvelope),
    )
)]
pub(crate) async fn read(
    State(app): State<App>,
    RawQuery(raw): RawQuery,
    Caller(actor): Caller,
) -> Result<Json<Answer<ReportJson, StatisticsMeta>>, ApiError> {
    let params = StatisticsParams::parse(raw.as_deref())?;
    let filter = StatisticsFilter {
        city: CITY.read(&params)?,
        week: WEEK.read(&params)?,
        after: AFTER.read(&params)?,
        limit: LIMIT.read(&params)?,
    };
    let report = read_statistics(app.market().pool(), &actor, &filter).await?;
    let last = report
        .groups
        .items
        .last()
        .filter(|_| report.groups.has_more);
    let cursor = last.and_then(|group| {
        let (week, city) = (group.week.as_deref()?, group.city.as_deref()?);
        Some(WeekAndCity::cursor(week, city))
    });
    let meta = StatisticsMeta {
        next_cursor: cursor,
        limit: filter.limit,
        updated_at: report.updated_at.map(rfc3339),
    };
    Ok(Answer::json(ReportJson::new(report), meta))
}
