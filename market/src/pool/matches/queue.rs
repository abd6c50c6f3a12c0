//! The queue of requests to match.

use sqlx::PgPool;
use uuid::Uuid;

use crate::action::matching::REQUESTS_PER_JOB;

/// A request that a job has taken from the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claimed {
    pub(super) request: Uuid,
    /// Another one if the request is enqueued again meanwhile.
    pub(super) generation: i64,
}

/// Takes the requests that wait longest. Others take them again a minute later, unless they are
/// stored or released before, so that those of a killed node do not wait forever.
pub(super) async fn claim(pool: &PgPool) -> Result<Vec<Claimed>, sqlx::Error> {
    let claimed = sqlx::query_as!(
        Claimed,
        r#"
        UPDATE matching_queue q SET claimed_until = now() + interval '1 minute'
        FROM (
            SELECT request_id FROM matching_queue
            WHERE claimed_until IS NULL OR claimed_until < now()
            ORDER BY generation LIMIT $1 FOR UPDATE SKIP LOCKED
        ) waiting
        WHERE q.request_id = waiting.request_id
        RETURNING q.request_id AS request, q.generation
        "#,
        i64::try_from(REQUESTS_PER_JOB).unwrap_or(i64::MAX)
    );
    claimed.fetch_all(pool).await
}

/// Gives requests back whose landlords could not be ranked.
pub(super) async fn release(pool: &PgPool, claimed: &[Claimed]) -> Result<(), sqlx::Error> {
    let (requests, generations) = columns(claimed);
    sqlx::query!(
        "UPDATE matching_queue q SET claimed_until = NULL
        FROM UNNEST($1::uuid[], $2::bigint[]) AS claimed (request_id, generation)
        WHERE q.request_id = claimed.request_id AND q.generation = claimed.generation",
        &requests,
        &generations
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) fn columns(claimed: &[Claimed]) -> (Vec<Uuid>, Vec<i64>) {
    claimed.iter().map(|it| (it.request, it.generation)).unzip()
}
