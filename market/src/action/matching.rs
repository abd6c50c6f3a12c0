//! Enqueues the matching of requests with landlords, in the transaction of the action that changes
//! what fits.

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::error::ActionError;
use super::job::Job;
use super::transaction::Transaction;

/// The task that ranks the landlords for waiting requests.
pub(crate) const MATCH_REQUEST: &str = "match_request";

/// The task that finds the requests that the rooms of a landlord fit.
pub(crate) const MATCH_ROOMS: &str = "match_rooms";

/// A job ranks the landlords for at most this many requests.
pub(crate) const REQUESTS_PER_JOB: usize = 50;

/// The pauses between attempts add up to some hours.
const ATTEMPTS_MAX: u16 = 10;

/// Lets the landlords for a request be ranked (again) after the commit.
pub(crate) async fn enqueue_matching(
    transaction: &mut Transaction,
    request: Uuid,
) -> Result<(), ActionError> {
    enqueue_all(transaction.sql(), &[request]).await?;
    Ok(())
}

/// Lets the requests be found after the commit that the rooms of a landlord fit, or fitted before.
/// Called by what changes a listed room, booked nights, or the capacity, availability or preferred
/// areas of a landlord.
pub(crate) async fn enqueue_matching_of_landlord(
    transaction: &mut Transaction,
    landlord: Uuid,
) -> Result<(), ActionError> {
    enqueue_matching_of(transaction.sql(), landlord).await?;
    Ok(())
}

/// The same in the transaction of a job that computes availability or performance.
pub(crate) async fn enqueue_matching_of(
    sql: &mut PgConnection,
    landlord: Uuid,
) -> Result<(), sqlx::Error> {
    let job = Job {
        task: MATCH_ROOMS,
        payload: json!({ "landlord": landlord }),
        attempts_max: ATTEMPTS_MAX,
        key: Some(format!("{MATCH_ROOMS}:{landlord}")),
    };
    job.enqueue(sql).await
}

/// The same for many requests.
pub(crate) async fn enqueue_all(
    sql: &mut PgConnection,
    requests: &[Uuid],
) -> Result<(), sqlx::Error> {
    // In the order of their ids, so that concurrent transactions do not wait for each other in a
    // circle.
    sqlx::query!(
        "INSERT INTO matching_queue AS q (request_id)
        SELECT DISTINCT id FROM UNNEST($1::uuid[]) AS id ORDER BY id
        ON CONFLICT (request_id) DO UPDATE
            SET generation = nextval('matching_queue_generation_seq'), claimed_until = NULL",
        requests
    )
    .execute(&mut *sql)
    .await?;
    let jobs = requests.len().div_ceil(REQUESTS_PER_JOB);
    sqlx::query!(
        "SELECT count(enqueue_job($1, '{}', $2, NULL)) FROM generate_series(1, $3)",
        MATCH_REQUEST,
        i32::from(ATTEMPTS_MAX),
        i32::try_from(jobs).unwrap_or(i32::MAX)
    )
    .fetch_one(sql)
    .await?;
    Ok(())
}

/// Lets the requests be matched after the commit that a bulk load of rooms affects, and returns how
/// many: the active ones with one of these rooms within their reach, and those that are matched
/// with the landlord of one or with one of `landlords`, who had such a room before.
///
/// An action enqueues the landlord of its room instead, and the index finds the requests. That is
/// more exact, but here each landlord of a city would enqueue the same requests.
///
/// # Errors
///
/// The error of the database.
pub async fn enqueue_matching_of_rooms(
    sql: &mut PgConnection,
    rooms: &[Uuid],
    landlords: &[Uuid],
) -> Result<usize, sqlx::Error> {
    // The margin covers the rounding of two different computations of a distance.
    let requests = sqlx::query_scalar!(
        r#"
        WITH changed AS (
            SELECT landlord_id, location FROM rooms WHERE id = ANY ($1) AND status = 'listed'
        ), places AS (
            SELECT ST_Collect(location::geometry)::geography AS places FROM changed
        )
        SELECT r.id AS "id!" FROM places JOIN requests r
            ON ST_DWithin(places.places, r.location, r.reach_m + 1, false)
        WHERE r.status = 'active'
        UNION
        SELECT m.request_id FROM matches m JOIN requests r ON r.id = m.request_id
        WHERE m.rank IS NOT NULL AND r.status = 'active'
            AND m.landlord_id IN (SELECT landlord_id FROM changed UNION SELECT UNNEST($2::uuid[]))
        "#,
        rooms,
        landlords
    );
    let requests = requests.fetch_all(&mut *sql).await?;
    enqueue_all(sql, &requests).await?;
    Ok(requests.len())
}

/// Lets all active requests be matched after the commit, and returns how many.
///
/// # Errors
///
/// The error of the database.
pub async fn enqueue_matching_of_all(sql: &mut PgConnection) -> Result<usize, sqlx::Error> {
    let requests = sqlx::query_scalar!("SELECT id FROM requests WHERE status = 'active'");
    let requests = requests.fetch_all(&mut *sql).await?;
    enqueue_all(sql, &requests).await?;
    Ok(requests.len())
}
