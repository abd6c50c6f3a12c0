//! The acceptance rate and the mean response time of landlords.
//!
//! The acceptance rate is the share of the requests that a landlord has viewed or answered for
//! which it has made an offer. The response time runs from when a request was matched with the
//! landlord to its first offer. Both are of the requests whose matches are kept, so they follow
//! what a landlord did in the last months.

use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use super::extent::Extent;
use super::progress::{Consumer, Progress};
use crate::action::matching::enqueue_matching_of;

/// Few, so that actions of these landlords do not wait for long.
const BATCH: usize = 200;

/// A higher acceptance rate raises the score of a landlord, as the index computes it.
const HIGH_ACCEPTANCE_ABOVE: f64 = 0.8;

/// So does a shorter response time.
const FAST_RESPONSE_BELOW_S: f64 = 3_600.0;

/// Computes the acceptance rate and the mean response time of the landlords who have viewed or
/// answered requests since the last time, or of all, and returns how many were computed. Those who
/// have never done so keep their values.
///
/// # Errors
///
/// The error of the database.
pub async fn update_landlord_signals(pool: &PgPool, extent: Extent) -> Result<usize, sqlx::Error> {
    let mut sql = pool.acquire().await?;
    let progress = Progress::start(&mut sql, Consumer::Landlords).await?;
    let landlords = match (&progress.seen, extent) {
        (Some(seen), Extent::New) => with_new_events(&mut sql, seen).await?,
        _ => all(&mut sql).await?,
    };
    for batch in landlords.chunks(BATCH) {
        compute(&mut sql, batch).await?;
    }
    progress.finish(&mut sql).await?;
    Ok(landlords.len())
}

/// The landlords who have viewed or answered a request since a snapshot.
async fn with_new_events(sql: &mut PgConnection, seen: &str) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT (change ->> 'landlord_id')::uuid AS "id!" FROM events
        WHERE transaction_id >= pg_snapshot_xmin($1::text::pg_snapshot)
            AND NOT pg_visible_in_snapshot(transaction_id, $1::text::pg_snapshot)
            AND kind IN ('match.viewed', 'offer.made') AND change ->> 'landlord_id' IS NOT NULL
        ORDER BY 1
        "#,
        seen
    )
    .fetch_all(sql)
    .await
}

async fn all(sql: &mut PgConnection) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT DISTINCT landlord_id FROM matches
        WHERE viewed_at IS NOT NULL OR responded_at IS NOT NULL ORDER BY 1"
    )
    .fetch_all(sql)
    .await
}

/// Landlords are locked in the order of their ids. Those whose performance counts more or less than
/// before are matched again.
async fn compute(sql: &mut PgConnection, landlords: &[Uuid]) -> Result<(), sqlx::Error> {
    let mut transaction = sql.begin().await?;
    let rescored = sqlx::query_scalar!(
        r#"
        WITH locked AS (
            SELECT id, acceptance_rate, response_time_s_average FROM landlords
            WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE
        ), current AS (
            SELECT landlord_id, count(responded_at)::float8 / count(*) AS acceptance_rate,
                avg(extract(epoch FROM responded_at - created_at))::float8 AS response_time_s
            FROM matches
            WHERE landlord_id = ANY ($1) AND (viewed_at IS NOT NULL OR responded_at IS NOT NULL)
            GROUP BY landlord_id
        ), changed AS (
            UPDATE landlords l SET acceptance_rate = c.acceptance_rate,
                response_time_s_average = c.response_time_s
            FROM current c JOIN locked ON locked.id = c.landlord_id
            WHERE l.id = c.landlord_id
                AND (l.acceptance_rate, l.response_time_s_average)
                    IS DISTINCT FROM (c.acceptance_rate, c.response_time_s)
            RETURNING l.id, l.acceptance_rate, l.response_time_s_average
        )
        SELECT c.id AS "id!" FROM changed c JOIN locked l USING (id)
        WHERE (c.acceptance_rate > $2, c.response_time_s_average < $3)
            IS DISTINCT FROM (l.acceptance_rate > $2, l.response_time_s_average < $3)
        ORDER BY 1
        "#,
        landlords,
        HIGH_ACCEPTANCE_ABOVE,
        FAST_RESPONSE_BELOW_S
    );
    let rescored = rescored.fetch_all(&mut *transaction).await?;
    for landlord in rescored {
        enqueue_matching_of(&mut transaction, landlord).await?;
    }
    transaction.commit().await
}
