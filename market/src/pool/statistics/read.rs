//! Reads the statistics: of the whole pool for admins, of its own requests for a landlord.

use sqlx::PgPool;
use uuid::Uuid;

use crate::action::actor::{Actor, Role, Scope};
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::fields::time::Time;
use crate::landlords::id_of_user;

/// Statistics of requests: those of the pool, or those that were matched with a landlord.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolStatistics {
    /// The city; `None` for all.
    pub city: Option<String>,
    /// The ISO week of the first night; `None` for all.
    pub week: Option<String>,
    /// The number of requests.
    pub requests: i64,
    /// Those that are active.
    pub active: i64,
    /// Those that have led to a contract; for a landlord, to one with it.
    pub contracted: i64,
    /// The number of pairs of a request and a landlord.
    pub matches: i64,
    /// The requests with at least one match.
    pub matched: i64,
    /// Those of them that no landlord has viewed; for a landlord, that it has not viewed.
    pub never_shown: i64,
    /// The Gini coefficient of the number of landlords who have viewed each matched request; `None`
    /// without a view, and for a landlord.
    pub exposure_gini: Option<f64>,
    /// The median time from the request to its first offer, in seconds; for a landlord, from the
    /// match to its own.
    pub first_offer_s_p50: Option<f64>,
    /// The 90th percentile of that time.
    pub first_offer_s_p90: Option<f64>,
    /// The median time from the request to a contract, in seconds; for a landlord, from the match.
    pub contract_s_p50: Option<f64>,
    /// The 90th percentile of that time.
    pub contract_s_p90: Option<f64>,
}

/// Which cities and weeks to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatisticsFilter {
    /// Only this city.
    pub city: Option<String>,
    /// Only this ISO week, such as `2026-W50`.
    pub week: Option<String>,
    /// Only what comes after this week and city.
    pub after: Option<(String, String)>,
    /// At most this many.
    pub limit: u32,
}

/// The statistics that an actor may see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatisticsReport {
    /// Of all requests, whatever the filter.
    pub total: PoolStatistics,
    /// By week and city, in this order.
    pub groups: Page<PoolStatistics>,
    /// When the statistics of the pool were computed; `None` before the first time, and for those
    /// of a landlord, which are computed at once.
    pub updated_at: Option<Time>,
}

/// The statistics of the whole pool for an admin, and for a landlord those of the requests that
/// were matched with it.
///
/// # Errors
///
/// Those of [`Actor::acts_for`] for an actor that is neither, and `Internal`.
pub async fn read_statistics(
    pool: &PgPool,
    actor: &Actor,
    filter: &StatisticsFilter,
) -> Result<StatisticsReport, ActionError> {
    if actor.require_admin().is_ok() {
        return of_pool(pool, filter).await;
    }
    let user = actor.acts_for(Role::Landlord, Scope::FeedRead)?;
    let landlord = id_of_user(&mut *pool.acquire().await?, user).await?;
    of_landlord(pool, landlord, filter).await
}

/// The statistics of all requests; `None` before they have been computed.
///
/// # Errors
///
/// The error of the database.
pub async fn pool_totals(pool: &PgPool) -> Result<Option<PoolStatistics>, sqlx::Error> {
    let totals = sqlx::query_as!(
        PoolStatistics,
        "SELECT city, week, requests, active, contracted, matches, matched, never_shown,
            exposure_gini, first_offer_s_p50, first_offer_s_p90, contract_s_p50, contract_s_p90
        FROM pool_statistics WHERE city IS NULL"
    );
    totals.fetch_optional(pool).await
}

async fn of_pool(
    pool: &PgPool,
    filter: &StatisticsFilter,
) -> Result<StatisticsReport, ActionError> {
    let (after_week, after_city) = filter.after.clone().unzip();
    let groups = sqlx::query_as!(
        PoolStatistics,
        "SELECT city, week, requests, active, contracted, matches, matched, never_shown,
            exposure_gini, first_offer_s_p50, first_offer_s_p90, contract_s_p50, contract_s_p90
        FROM pool_statistics
        WHERE city IS NOT NULL
            AND ($1::text IS NULL OR city = $1) AND ($2::text IS NULL OR week = $2)
            AND ($3::text IS NULL OR (week, city) > ($3, $4))
        ORDER BY week, city LIMIT $5",
        filter.city,
        filter.week,
        after_week,
        after_city,
        i64::from(filter.limit) + 1
    );
    let groups = groups.fetch_all(pool).await?;
    let updated_at =
        sqlx::query_scalar!("SELECT updated_at FROM statistics_progress WHERE name = 'pool'");
    Ok(StatisticsReport {
        total: pool_totals(pool).await?.unwrap_or_default(),
        groups: Page::of(groups, filter.limit),
        updated_at: updated_at.fetch_optional(pool).await?,
    })
}

async fn of_landlord(
    pool: &PgPool,
    landlord: Uuid,
    filter: &StatisticsFilter,
) -> Result<StatisticsReport, ActionError> {
    let (after_week, after_city) = filter.after.clone().unzip();
    let mut rows = sqlx::query_as!(
        PoolStatistics,
        r#"
        WITH own AS (
            SELECT r.city, r.week, r.status = 'active' AS is_active,
                m.viewed_at IS NULL AND m.responded_at IS NULL AS is_never_shown,
                (SELECT extract(epoch FROM greatest(min(o.created_at), m.created_at) - m.created_at)
                    FROM offers o
                    WHERE o.request_id = m.request_id AND o.landlord_id = m.landlord_id
                    HAVING count(*) > 0)::float8 AS first_offer_s,
                (SELECT extract(epoch FROM greatest(min(c.created_at), m.created_at) - m.created_at)
                    FROM contracts c
                    WHERE c.request_id = m.request_id AND c.landlord_id = m.landlord_id
                    HAVING count(*) > 0)::float8 AS contract_s
            FROM matches m JOIN requests r ON r.id = m.request_id
            WHERE m.landlord_id = $1
        )
        SELECT city AS "city?", week AS "week?", count(*) AS "requests!",
            count(*) FILTER (WHERE is_active) AS "active!", count(contract_s) AS "contracted!",
            count(*) AS "matches!", count(*) AS "matched!",
            count(*) FILTER (WHERE is_never_shown) AS "never_shown!",
            NULL::float8 AS exposure_gini,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY first_offer_s) AS first_offer_s_p50,
            percentile_cont(0.9) WITHIN GROUP (ORDER BY first_offer_s) AS first_offer_s_p90,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY contract_s) AS contract_s_p50,
            percentile_cont(0.9) WITHIN GROUP (ORDER BY contract_s) AS contract_s_p90
        FROM own GROUP BY GROUPING SETS ((city, week), ())
        HAVING grouping(city) = 1 OR (
            ($2::text IS NULL OR city = $2) AND ($3::text IS NULL OR week = $3)
            AND ($4::text IS NULL OR (week, city) > ($4, $5))
        )
        ORDER BY grouping(city) DESC, week, city LIMIT $6
        "#,
        landlord,
        filter.city,
        filter.week,
        after_week,
        after_city,
        i64::from(filter.limit) + 2
    )
    .fetch_all(pool)
    .await?;
    // The first row is that of all requests, which exists even if there are none.
    let groups = rows.split_off(rows.len().min(1));
    Ok(StatisticsReport {
        total: rows.pop().unwrap_or_default(),
        groups: Page::of(groups, filter.limit),
        updated_at: None,
    })
}
