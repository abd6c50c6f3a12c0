//! Lets the views of requests count less with time.

use sqlx::{Acquire, PgPool};
use uuid::Uuid;

/// Requests whose exposure one transaction changes.
const BATCH: i64 = 500;

/// A smaller change of exposure moves no request in a feed, and is not worth a row of the change
/// stream.
const CHANGE_MIN: f64 = 0.005;

/// Computes the exposure of active requests again, and returns how many have changed. Offers and
/// views change it at once, see the triggers of migration 0016; this is for the time that has
/// passed.
///
/// # Errors
///
/// The error of the database.
pub async fn decay_exposure(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let mut sql = pool.acquire().await?;
    let (mut after, mut changed) = (Uuid::nil(), 0);
    loop {
        let mut transaction = sql.begin().await?;
        let batch = sqlx::query_scalar!(
            "SELECT e.request_id FROM request_exposure e
            JOIN requests r ON r.id = e.request_id
            WHERE e.request_id > $1 AND e.drawn > 0 AND r.status = 'active'
            ORDER BY e.request_id LIMIT $2 FOR NO KEY UPDATE OF e",
            after,
            BATCH
        );
        let batch = batch.fetch_all(&mut *transaction).await?;
        let Some(last) = batch.last() else {
            return Ok(changed);
        };
        after = *last;
        // Another statement, which sees what was committed before the locks.
        let updated = sqlx::query!(
            "UPDATE request_exposure e SET drawn = current.drawn
            FROM (
                SELECT id, request_exposure_drawn(id, now()) AS drawn FROM UNNEST($1::uuid[]) AS id
            ) AS current
            WHERE e.request_id = current.id AND abs(e.drawn - current.drawn) > $2",
            &batch,
            CHANGE_MIN
        );
        changed += updated.execute(&mut *transaction).await?.rows_affected();
        transaction.commit().await?;
    }
}
