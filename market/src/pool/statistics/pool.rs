//! The statistics of the request pool by city and week, computed from one row for each request.

use std::collections::BTreeSet;

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::extent::Extent;
use super::progress::{Consumer, Progress};

/// A city and an ISO week.
type Group = (String, String);

/// Computes the statistics of the cities and weeks whose requests have changed since the last time,
/// or of all, and of the whole pool. Returns how many requests were computed.
///
/// # Errors
///
/// The error of the database.
pub async fn update_pool_statistics(pool: &PgPool, extent: Extent) -> Result<usize, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let sql = &mut *transaction;
    // Nodes that start at the same time follow each other.
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('update_pool_statistics'))")
        .fetch_one(&mut *sql)
        .await?;
    let progress = Progress::start(sql, Consumer::Pool).await?;
    let requests = match (&progress.seen, extent) {
        (Some(seen), Extent::New) => with_new_events(sql, seen).await?,
        _ => {
            forget_all(sql).await?;
            all(sql).await?
        }
    };
    if !requests.is_empty() {
        let mut groups = groups_of(sql, &requests).await?;
        update_requests(sql, &requests).await?;
        groups.append(&mut groups_of(sql, &requests).await?);
        update_groups(sql, groups).await?;
    }
    progress.finish(sql).await?;
    transaction.commit().await?;
    Ok(requests.len())
}

/// The requests that something has happened to since a snapshot.
async fn with_new_events(sql: &mut PgConnection, seen: &str) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT
            CASE subject_kind WHEN 'request' THEN subject_id ELSE (change ->> 'request_id')::uuid END
                AS "id!"
        FROM events
        WHERE transaction_id >= pg_snapshot_xmin($1::text::pg_snapshot)
            AND NOT pg_visible_in_snapshot(transaction_id, $1::text::pg_snapshot)
            AND (subject_kind = 'request' OR (
                kind IN ('offer.made', 'contract.created') AND change ->> 'request_id' IS NOT NULL
            ))
        "#,
        seen
    )
    .fetch_all(sql)
    .await
}

async fn all(sql: &mut PgConnection) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT id FROM requests")
        .fetch_all(sql)
        .await
}

/// Removes the statistics of groups, and the rows of requests that do not exist any more. Those of
/// requests stay, because they outlive the matches.
async fn forget_all(sql: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM pool_statistics")
        .execute(&mut *sql)
        .await?;
    sqlx::query!(
        "DELETE FROM pool_requests p
        WHERE NOT EXISTS (SELECT FROM requests r WHERE r.id = p.request_id)"
    )
    .execute(sql)
    .await?;
    Ok(())
}

async fn groups_of(
    sql: &mut PgConnection,
    requests: &[Uuid],
) -> Result<BTreeSet<Group>, sqlx::Error> {
    let groups = sqlx::query!(
        "SELECT DISTINCT city, week FROM pool_requests WHERE request_id = ANY ($1)",
        requests
    );
    let groups = groups.fetch_all(sql).await?.into_iter();
    Ok(groups.map(|group| (group.city, group.week)).collect())
}

/// Computes the rows of requests. Matches of old requests are dropped, so their counts stay.
async fn update_requests(sql: &mut PgConnection, requests: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO pool_requests AS p
            (request_id, city, week, is_active, matches, viewers, first_offer_s, contract_s)
        SELECT r.id, r.city, r.week, r.status = 'active',
            greatest(m.matches, before.matches), greatest(m.viewers, before.viewers),
            (SELECT extract(epoch FROM min(o.created_at) - r.created_at)::float8
                FROM offers o WHERE o.request_id = r.id),
            (SELECT extract(epoch FROM min(c.created_at) - r.created_at)::float8
                FROM contracts c WHERE c.request_id = r.id)
        FROM requests r
        CROSS JOIN LATERAL (
            SELECT count(*)::integer AS matches,
                (count(*) FILTER (
                    WHERE m.viewed_at IS NOT NULL OR m.responded_at IS NOT NULL
                ))::integer AS viewers
            FROM matches m
            WHERE m.request_id = r.id
                AND m.month = date_trunc('month', r.created_at AT TIME ZONE 'UTC')::date
        ) m
        LEFT JOIN pool_requests before ON before.request_id = r.id
            AND r.created_at < date_trunc('month', (now() - interval '90 days') AT TIME ZONE 'UTC')
                AT TIME ZONE 'UTC'
        WHERE r.id = ANY ($1)
        ON CONFLICT (request_id) DO UPDATE SET
            city = excluded.city, week = excluded.week, is_active = excluded.is_active,
            matches = excluded.matches, viewers = excluded.viewers,
            first_offer_s = excluded.first_offer_s, contract_s = excluded.contract_s
        WHERE (p.city, p.week, p.is_active, p.matches, p.viewers, p.first_offer_s, p.contract_s)
            IS DISTINCT FROM (excluded.city, excluded.week, excluded.is_active, excluded.matches,
                excluded.viewers, excluded.first_offer_s, excluded.contract_s)",
        requests
    )
    .execute(sql)
    .await?;
    Ok(())
}

/// Computes the statistics of some groups and of all requests. The Gini coefficient of `n` numbers
/// in ascending order is `2 * sum(rank * number) / (n * sum(number)) - (n + 1) / n`.
async fn update_groups(sql: &mut PgConnection, groups: BTreeSet<Group>) -> Result<(), sqlx::Error> {
    let (cities, weeks): (Vec<String>, Vec<String>) = groups.into_iter().unzip();
    sqlx::query!(
        "DELETE FROM pool_statistics s
        USING UNNEST($1::text[], $2::text[]) AS changed (city, week)
        WHERE s.city = changed.city AND s.week = changed.week OR s.city IS NULL",
        &cities,
        &weeks
    )
    .execute(&mut *sql)
    .await?;
    sqlx::query!(
        "WITH grouped AS (
            SELECT p.city, p.week, is_active, matches, viewers, first_offer_s, contract_s
            FROM pool_requests p
            JOIN UNNEST($1::text[], $2::text[]) AS changed (city, week)
                ON p.city = changed.city AND p.week = changed.week
            UNION ALL
            SELECT NULL, NULL, is_active, matches, viewers, first_offer_s, contract_s
            FROM pool_requests
        ), ranked AS (
            SELECT *, row_number() OVER (
                PARTITION BY city, week, matches > 0 ORDER BY viewers
            ) AS rank
            FROM grouped
        )
        INSERT INTO pool_statistics (city, week, requests, active, contracted, matches, matched,
            never_shown, exposure_gini, first_offer_s_p50, first_offer_s_p90, contract_s_p50,
            contract_s_p90)
        SELECT city, week, count(*), count(*) FILTER (WHERE is_active), count(contract_s),
            sum(matches), count(*) FILTER (WHERE matches > 0),
            count(*) FILTER (WHERE matches > 0 AND viewers = 0),
            greatest(0, 2 * sum(rank * viewers) FILTER (WHERE matches > 0)::float8
                / nullif(sum(viewers) * (count(*) FILTER (WHERE matches > 0)), 0)::float8
                - 1 - 1.0::float8 / nullif(count(*) FILTER (WHERE matches > 0), 0)::float8)
                * nullif(sign(sum(viewers))::float8, 0),
            percentile_cont(0.5) WITHIN GROUP (ORDER BY first_offer_s),
            percentile_cont(0.9) WITHIN GROUP (ORDER BY first_offer_s),
            percentile_cont(0.5) WITHIN GROUP (ORDER BY contract_s),
            percentile_cont(0.9) WITHIN GROUP (ORDER BY contract_s)
        FROM ranked GROUP BY city, week",
        &cities,
        &weeks
    )
    .execute(sql)
    .await?;
    Ok(())
}
