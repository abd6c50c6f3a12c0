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
    let job = Job {
        task: MATCH_ROOMS,
        payload: json!({ "landlord": landlord }),
        attempts_max: ATTEMPTS_MAX,
        key: Some(format!("{MATCH_ROOMS}:{landlord}")),
    };
    job.enqueue(transaction.sql()).await?;
    Ok(())
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
    for _ in requests.chunks(REQUESTS_PER_JOB) {
        let job = Job {
            task: MATCH_REQUEST,
            payload: json!({}),
            attempts_max: ATTEMPTS_MAX,
            key: None,
        };
        job.enqueue(&mut *sql).await?;
    }
    Ok(())
}
