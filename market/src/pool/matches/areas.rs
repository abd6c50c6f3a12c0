//! Which landlords do not want a request, because of its place.

use std::collections::HashSet;

use sqlx::PgPool;
use uuid::Uuid;

use crate::action::error::ActionError;

/// Of some pairs of a request and a landlord those in which the landlord prefers requests in areas
/// that the request does not lie in.
///
/// # Errors
///
/// `Busy` if no connection becomes free in time, `Internal` if the database is unreachable.
pub async fn landlords_elsewhere(
    pool: &PgPool,
    pairs: &[(Uuid, Uuid)],
) -> Result<HashSet<(Uuid, Uuid)>, ActionError> {
    let (requests, landlords): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
    let rows = sqlx::query!(
        r#"
        SELECT pair.request_id AS "request_id!", pair.landlord_id AS "landlord_id!"
        FROM UNNEST($1::uuid[], $2::uuid[]) AS pair (request_id, landlord_id)
        JOIN landlords l ON l.id = pair.landlord_id AND l.preferred_areas IS NOT NULL
        JOIN requests r ON r.id = pair.request_id
        WHERE NOT ST_Covers(l.preferred_areas, r.location)
        "#,
        &requests,
        &landlords
    )
    .fetch_all(pool)
    .await?;
    let pairs = rows.into_iter();
    Ok(pairs.map(|row| (row.request_id, row.landlord_id)).collect())
}
