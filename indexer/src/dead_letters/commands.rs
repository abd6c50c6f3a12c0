//! The operations behind `roost dead-dead_letters`: list, retry and drop.

use roost_engine::Position;
use serde::Serialize;

use crate::config::{DatabaseUrl, Name};
use crate::error::SessionError;
use crate::postgres::connect::connect;
use crate::postgres::messages::MESSAGE_PREFIX;
use crate::wal::table::{Table, Tables};

/// A row that a node could not convert and left out of its index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadLetter {
    /// The name of its table.
    pub table: String,
    /// Its key.
    pub key: String,
    /// The column that cannot be converted.
    pub column: String,
    /// The column's value, cut where it is long.
    pub value: String,
    /// What is wrong with the value.
    pub reason: String,
    /// The WAL position of the last change or copy that brought this value.
    pub position: Position,
    /// The number of transactions and copies that brought an invalid value.
    pub times_seen: i64,
    /// When the row was first rejected, in ISO 8601.
    pub first_seen_at: String,
    /// When the row was last rejected.
    pub last_seen_at: String,
}

/// Selects dead letters; the default selects all.
#[derive(Clone, Debug, Default)]
pub struct DeadLetterFilter {
    /// Only rows of this table.
    pub table: Option<String>,
    /// Only rows with this key.
    pub key: Option<String>,
}

/// The first word of a logical message that requests another read of a row. Slot, table and key
/// follow, separated by spaces.
const RETRY: &str = "retry";

/// Lists the rows that the node of a slot rejected.
///
/// # Errors
/// If the table can't be read.
pub async fn list_dead_letters(
    database: &DatabaseUrl,
    slot: &Name,
    filter: &DeadLetterFilter,
) -> Result<Vec<DeadLetter>, SessionError> {
    let mut sql = connect(database, "roost").await?;
    let rows = sqlx::query!(
        r#"
        SELECT
            table_name, row_key, column_name, value, reason,
            position::text AS "position!",
            times_seen,
            to_char(first_seen_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "first_seen_at!",
            to_char(last_seen_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS "last_seen_at!"
        FROM dead_letters
        WHERE slot = $1 AND table_name = coalesce($2, table_name) AND row_key = coalesce($3, row_key)
        ORDER BY position, table_name, row_key
        "#,
        slot.as_str(),
        filter.table,
        filter.key,
    )
    .fetch_all(&mut sql)
    .await
    .map_err(SessionError::sql("reading the table dead_letters"))?;
    let dead_letters = rows.into_iter().map(|row| DeadLetter {
        table: row.table_name,
        key: row.row_key,
        column: row.column_name,
        value: row.value,
        reason: row.reason,
        position: row.position.parse().unwrap_or_default(),
        times_seen: row.times_seen,
        first_seen_at: row.first_seen_at,
        last_seen_at: row.last_seen_at,
    });
    Ok(dead_letters.collect())
}

/// Requests, through the stream of changes, that the node of a slot reads these rows again as they
/// are now. Returns their number.
///
/// # Errors
/// If the table can't be read or the WAL can't be written.
pub async fn retry_dead_letters(
    database: &DatabaseUrl,
    slot: &Name,
    filter: &DeadLetterFilter,
) -> Result<u64, SessionError> {
    let mut sql = connect(database, "roost").await?;
    let requested = sqlx::query_scalar!(
        r#"
        SELECT pg_logical_emit_message(
            true, $1, concat_ws(' ', $2::text, slot, table_name, row_key)
        )::text
        FROM dead_letters
        WHERE slot = $3 AND table_name = coalesce($4, table_name) AND row_key = coalesce($5, row_key)
        "#,
        MESSAGE_PREFIX,
        RETRY,
        slot.as_str(),
        filter.table,
        filter.key,
    )
    .fetch_all(&mut sql)
    .await
    .map_err(SessionError::sql("requesting another read of rows"))?;
    Ok(u64::try_from(requested.len()).unwrap_or(u64::MAX))
}

/// Deletes these dead letters. The rows stay out of the index until their next change. Returns
/// their number.
///
/// # Errors
/// If the table can't be written.
pub async fn drop_dead_letters(
    database: &DatabaseUrl,
    slot: &Name,
    filter: &DeadLetterFilter,
) -> Result<u64, SessionError> {
    let mut sql = connect(database, "roost").await?;
    let done = sqlx::query!(
        r#"
        DELETE FROM dead_letters
        WHERE slot = $1 AND table_name = coalesce($2, table_name) AND row_key = coalesce($3, row_key)
        "#,
        slot.as_str(),
        filter.table,
        filter.key,
    )
    .execute(&mut sql)
    .await
    .map_err(SessionError::sql("writing the table dead_letters"))?;
    Ok(done.rows_affected())
}

/// The row that a logical message requests the node of this slot to read again.
pub(crate) fn parse_retry<'a>(
    message: &'a [u8],
    slot: &Name,
    followed: &Tables,
) -> Option<(Table, &'a str)> {
    let mut words = str::from_utf8(message).ok()?.splitn(4, ' ');
    let is_ours = words.next()? == RETRY && words.next()? == slot.as_str();
    let table = followed.named(words.next()?)?;
    let key = words.next()?;
    is_ours.then_some((table, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_message_names_slot_table_and_key() {
        let slot: Name = "node_1".parse().unwrap();
        let followed = Tables::built_in();
        let parse = |message: &'static str| parse_retry(message.as_bytes(), &slot, &followed);
        let rooms = followed.named("rooms").unwrap();
        assert_eq!(parse("retry node_1 rooms 7"), Some((rooms, "7")));
        for other in [
            "checkpoint",
            "retry node_2 rooms 7",
            "retry node_1 users 7",
            "retry node_1",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
