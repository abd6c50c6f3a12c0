//! The partitions of payments and the ledger.

use sqlx::PgPool;

/// Creates the partitions of `payments` and `ledger_entries` for this month and the next ones, at
/// most 24, and returns how many were missing. Without a partition for the current month no offer
/// can be accepted and nothing can be paid.
///
/// # Errors
///
/// The error of the database, such as missing rights.
pub async fn create_ledger_partitions(pool: &PgPool, months_ahead: u8) -> Result<u32, sqlx::Error> {
    let created = sqlx::query_scalar!(
        r#"SELECT create_ledger_partitions($1) AS "created!""#,
        i32::from(months_ahead)
    )
    .fetch_one(pool)
    .await?;
    Ok(created.unsigned_abs())
}
