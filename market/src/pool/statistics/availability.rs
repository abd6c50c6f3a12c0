//! Whether landlords are available, by their capacity.

use sqlx::PgPool;

use crate::action::matching::enqueue_matching_of;

/// Makes full landlords unavailable, and those available again that are not full any more, lets
/// them be matched again, and returns how many have changed. Contracts do so at once; this is for
/// landlords whose capacity or contracts were changed by other means, such as an import. Who has
/// hidden its rooms itself stays unavailable.
///
/// # Errors
///
/// The error of the database.
pub async fn settle_availability(pool: &PgPool) -> Result<usize, sqlx::Error> {
    let landlords = sqlx::query_scalar!(
        "SELECT id FROM landlords
        WHERE is_available AND active_contracts >= total_capacity
            OR hidden_when_full AND NOT is_available AND active_contracts < total_capacity"
    );
    let landlords = landlords.fetch_all(pool).await?;
    // One by one, so that actions of none of them wait for the others.
    for &landlord in &landlords {
        let mut transaction = pool.begin().await?;
        sqlx::query!("SELECT settle_availability($1)", landlord)
            .fetch_one(&mut *transaction)
            .await?;
        enqueue_matching_of(&mut transaction, landlord).await?;
        transaction.commit().await?;
    }
    Ok(landlords.len())
}
