//! The partitions of matches.

use sqlx::PgPool;

/// Creates the partitions for the next months, at most 24, and returns how many were missing.
///
/// # Errors
///
/// The error of the database, such as missing rights.
pub async fn create_match_partitions(pool: &PgPool, months_ahead: u8) -> Result<u32, sqlx::Error> {
    let created = sqlx::query_scalar!(
        r#"SELECT create_match_partitions($1) AS "created!""#,
        i32::from(months_ahead)
    );
    Ok(created.fetch_one(pool).await?.unsigned_abs())
}

/// Drops the partitions all of whose requests were created more than 90 days ago, and returns how
/// many.
///
/// # Errors
///
/// The error of the database, such as missing rights.
pub async fn drop_match_partitions(pool: &PgPool) -> Result<u32, sqlx::Error> {
    let dropped = sqlx::query_scalar!(r#"SELECT drop_match_partitions() AS "dropped!""#);
    Ok(dropped.fetch_one(pool).await?.unsigned_abs())
}
