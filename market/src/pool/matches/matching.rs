//! Matches requests with landlords: takes requests from the queue, has their landlords ranked, and
//! stores the best.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::timeout;
use uuid::Uuid;

use super::areas::landlords_elsewhere;
use super::queue::{claim, release};
use super::ranker::{LANDLORDS_MAX, RankedRequest, Ranker};
use super::store::store;
use crate::action::error::ActionError;
use crate::action::matching::enqueue_all;
use crate::action::transaction::Position;

/// An index that is further behind lets the job fail, which is tried again later.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// Ranks the landlords for the requests that wait longest, at most 50, and stores the best of them.
/// Returns how many requests that were.
///
/// # Errors
///
/// `Busy` if the index is far behind, and those of the ranker and of the database. The requests are
/// back in the queue then.
pub async fn match_requests(pool: &PgPool, ranker: &dyn Ranker) -> Result<usize, ActionError> {
    let claimed = claim(pool).await?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let requests = claimed.iter().map(|it| it.request).collect();
    let stored = async {
        wait(pool, ranker).await?;
        let ranked = rank(pool, ranker, requests).await?;
        store(pool, &claimed, &ranked).await
    };
    match stored.await {
        Ok(()) => Ok(claimed.len()),
        Err(error) => {
            release(pool, &claimed).await?;
            Err(error)
        }
    }
}

/// Enqueues the active requests that the rooms of a landlord fit, and those that it was matched
/// with, and returns how many.
///
/// # Errors
///
/// As [`match_requests`].
pub async fn match_rooms(
    pool: &PgPool,
    ranker: &dyn Ranker,
    landlord: Uuid,
) -> Result<usize, ActionError> {
    wait(pool, ranker).await?;
    let rooms = sqlx::query_scalar!(
        "SELECT id FROM rooms WHERE landlord_id = $1 AND status = 'listed' ORDER BY id LIMIT 1000",
        landlord
    );
    let rooms = rooms.fetch_all(pool).await?;
    let mut requests = ranker.requests(landlord, rooms).await?;
    let matched = sqlx::query_scalar!(
        "SELECT m.request_id FROM matches m JOIN requests r ON r.id = m.request_id
        WHERE m.landlord_id = $1 AND m.rank IS NOT NULL AND r.status = 'active'",
        landlord
    );
    requests.extend(matched.fetch_all(pool).await?);
    requests.sort_unstable();
    requests.dedup();
    if !requests.is_empty() {
        let mut transaction = pool.begin().await?;
        enqueue_all(&mut transaction, &requests).await?;
        transaction.commit().await?;
    }
    Ok(requests.len())
}

/// Waits until the index reflects all that was committed before now, and with it what enqueued the
/// job.
async fn wait(pool: &PgPool, ranker: &dyn Ranker) -> Result<(), ActionError> {
    let mut connection = pool.acquire().await?;
    let position = Position::of_confirmed_commits(&mut connection).await?;
    drop(connection);
    let reached = timeout(WAIT_MAX, ranker.reached(position)).await;
    reached.unwrap_or(Err(ActionError::Busy))
}

/// The best landlords of each request that want it. Where many prefer other areas, further ones are
/// ranked.
async fn rank(
    pool: &PgPool,
    ranker: &dyn Ranker,
    mut requests: Vec<Uuid>,
) -> Result<Vec<RankedRequest>, ActionError> {
    let mut done = Vec::with_capacity(requests.len());
    let mut limit = LANDLORDS_MAX + LANDLORDS_MAX / 4;
    while !requests.is_empty() {
        let ranked = ranker.landlords(requests, limit).await?;
        let pairs = ranked.iter().flat_map(|ranked| {
            let landlords = ranked.landlords.iter();
            landlords.map(|it| (ranked.request, it.landlord))
        });
        let pairs: Vec<(Uuid, Uuid)> = pairs.collect();
        let elsewhere = landlords_elsewhere(pool, &pairs).await?;
        requests = Vec::new();
        for mut ranked in ranked {
            let request = ranked.request;
            let wants = |landlord: Uuid| !elsewhere.contains(&(request, landlord));
            ranked.landlords.retain(|it| wants(it.landlord));
            if ranked.landlords.len() < LANDLORDS_MAX && !ranked.are_all {
                requests.push(request);
                continue;
            }
            ranked.landlords.truncate(LANDLORDS_MAX);
            done.push(ranked);
        }
        limit *= 4;
    }
    Ok(done)
}
