//! How do rows that are left out get into a table, and out of it again?

use std::collections::HashSet;

use roost_engine::Position;
use serde::Serialize;
use sqlx::PgConnection;

use crate::config::{DatabaseUrl, Name};
use crate::dead_letters::letters::{Id, Letter};
use crate::error::SessionError;
use crate::postgres::source::NOTE_PREFIX;
use crate::session::start::connect;
use crate::wal::table::Table;

/// A row that a node leaves out of its index, as its table tells it.
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
    /// Where in the log the row last came so.
    pub position: Position,
    /// How many transactions and copies brought it so.
    pub times_seen: i64,
    /// When it was first left out, in ISO 8601.
    pub first_seen_at: String,
    /// When it last came.
    pub last_seen_at: String,
}

/// Which rows are meant.
#[derive(Clone, Debug, Default)]
pub struct WhichDeadLetters {
    /// Of this table only.
    pub table: Option<String>,
    /// Of this key only.
    pub key: Option<String>,
}

/// The content of a logical message that asks the node of a slot to read a row again begins so; slot,
/// table and key follow, with spaces between.
const RETRY_NOTE: &str = "retry";

/// The rows that the node of a slot leaves out.
///
/// # Errors
/// If the table can't be read.
pub async fn list_dead_letters(
    database: &DatabaseUrl,
    slot: &Name,
    which: &WhichDeadLetters,
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
        which.table,
        which.key,
    )
    .fetch_all(&mut sql)
    .await
    .map_err(SessionError::sql(READING))?;
    let letters = rows.into_iter().map(|row| DeadLetter {
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
    Ok(letters.collect())
}

/// Asks the node of a slot, through the stream of changes, to read these rows again as they are now.
/// Returns how many there are.
///
/// # Errors
/// If the table can't be read or the log can't be written.
pub async fn retry_dead_letters(
    database: &DatabaseUrl,
    slot: &Name,
    which: &WhichDeadLetters,
) -> Result<u64, SessionError> {
    let mut sql = connect(database, "roost").await?;
    let asked = sqlx::query_scalar!(
        r#"
        SELECT pg_logical_emit_message(
            true, $1, concat_ws(' ', $2::text, slot, table_name, row_key)
        )::text
        FROM dead_letters
        WHERE slot = $3 AND table_name = coalesce($4, table_name) AND row_key = coalesce($5, row_key)
        "#,
        NOTE_PREFIX,
        RETRY_NOTE,
        slot.as_str(),
        which.table,
        which.key,
    )
    .fetch_all(&mut sql)
    .await
    .map_err(SessionError::sql("asking for rows to be read again"))?;
    Ok(u64::try_from(asked.len()).unwrap_or(u64::MAX))
}

/// Forgets that these rows are left out; they stay so until their next change. Returns how many there
/// were.
///
/// # Errors
/// If the table can't be written.
pub async fn drop_dead_letters(
    database: &DatabaseUrl,
    slot: &Name,
    which: &WhichDeadLetters,
) -> Result<u64, SessionError> {
    let mut sql = connect(database, "roost").await?;
    let done = sqlx::query!(
        r#"
        DELETE FROM dead_letters
        WHERE slot = $1 AND table_name = coalesce($2, table_name) AND row_key = coalesce($3, row_key)
        "#,
        slot.as_str(),
        which.table,
        which.key,
    )
    .execute(&mut sql)
    .await
    .map_err(SessionError::sql(WRITING))?;
    Ok(done.rows_affected())
}

/// The row that a note asks the node of this slot to read again.
pub(crate) fn asked_again<'a>(note: &'a [u8], slot: &Name) -> Option<(Table, &'a str)> {
    let mut words = str::from_utf8(note).ok()?.splitn(4, ' ');
    let is_ours = words.next()? == RETRY_NOTE && words.next()? == slot.as_str();
    let table = Table::named(words.next()?)?;
    let key = words.next()?;
    is_ours.then_some((table, key))
}

const READING: &str = "reading the table dead_letters";
const WRITING: &str = "writing the table dead_letters";

/// Why this session could write no letter.
pub(crate) async fn trouble(sql: &mut PgConnection) -> Result<Option<String>, SessionError> {
    let found = sqlx::query!(
        r#"
        SELECT
            to_regclass('dead_letters') IS NOT NULL AS "is_there!",
            current_user::text AS "role!",
            coalesce(
                has_table_privilege(to_regclass('dead_letters'), 'SELECT')
                AND has_table_privilege(to_regclass('dead_letters'), 'INSERT')
                AND has_table_privilege(to_regclass('dead_letters'), 'UPDATE')
                AND has_table_privilege(to_regclass('dead_letters'), 'DELETE'),
                false
            ) AS "may_write!"
        "#
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql("looking for the table dead_letters"))?;
    let mend = match (found.is_there, found.may_write) {
        (true, true) => return Ok(None),
        (true, false) => format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON dead_letters TO \"{}\"",
            found.role
        ),
        (false, _) => "run `roost migrate`".to_owned(),
    };
    Ok(Some(format!(
        "a row that cannot be converted cannot be kept in the table dead_letters: {mend}"
    )))
}

/// The rows that the node of a slot leaves out. Those of tables that this version does not follow are
/// none of its business.
pub(crate) async fn ids(sql: &mut PgConnection, slot: &str) -> Result<HashSet<Id>, SessionError> {
    let rows = sqlx::query!(
        "SELECT table_name, row_key FROM dead_letters WHERE slot = $1",
        slot
    )
    .fetch_all(sql)
    .await
    .map_err(SessionError::sql(READING))?;
    let ids = rows
        .into_iter()
        .filter_map(|row| Some((Table::named(&row.table_name)?, row.row_key)));
    Ok(ids.collect())
}

/// How many there are.
pub(crate) async fn count(sql: &mut PgConnection, slot: &str) -> Result<usize, SessionError> {
    let tables = Table::ALL.map(|table| table.name().to_owned());
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM dead_letters WHERE slot = $1 AND table_name = ANY($2)"#,
        slot,
        &tables[..],
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql(READING))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Writes letters. A replay brings the same ones again, and changes nothing.
pub(crate) async fn put(
    sql: &mut PgConnection,
    slot: &str,
    letters: &[&Letter],
) -> Result<(), SessionError> {
    if letters.is_empty() {
        return Ok(());
    }
    let column = |value: fn(&Letter) -> String| -> Vec<String> {
        letters.iter().map(|letter| value(letter)).collect()
    };
    sqlx::query!(
        r#"
        INSERT INTO dead_letters (slot, table_name, row_key, column_name, value, reason, position)
        SELECT $1, t, k, c, v, r, p::pg_lsn
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            AS letter (t, k, c, v, r, p)
        ON CONFLICT (slot, table_name, row_key) DO UPDATE SET
            column_name = excluded.column_name,
            value = excluded.value,
            reason = excluded.reason,
            times_seen = dead_letters.times_seen
                + (excluded.position > dead_letters.position)::int,
            position = greatest(excluded.position, dead_letters.position),
            last_seen_at = now()
        "#,
        slot,
        &column(|letter| letter.error.table.to_owned()),
        &column(|letter| letter.error.key.clone()),
        &column(|letter| letter.error.column.to_owned()),
        &column(|letter| letter.error.value.clone()),
        &column(|letter| letter.error.reason.clone()),
        &column(|letter| letter.position.to_string()),
    )
    .execute(sql)
    .await
    .map_err(SessionError::sql(WRITING))?;
    Ok(())
}

/// Copies the letters of one slot to another, whose index lacks the same rows. Those that the other
/// had were of an index that is no more.
pub(crate) async fn take_over(
    sql: &mut PgConnection,
    from: &str,
    to: &str,
) -> Result<(), SessionError> {
    sqlx::query!("DELETE FROM dead_letters WHERE slot = $1", to)
        .execute(&mut *sql)
        .await
        .map_err(SessionError::sql(WRITING))?;
    sqlx::query!(
        r#"
        INSERT INTO dead_letters (
            slot, table_name, row_key, column_name, value, reason, position, times_seen,
            first_seen_at, last_seen_at
        )
        SELECT
            $2, table_name, row_key, column_name, value, reason, position, times_seen,
            first_seen_at, last_seen_at
        FROM dead_letters
        WHERE slot = $1
        "#,
        from,
        to,
    )
    .execute(sql)
    .await
    .map_err(SessionError::sql(WRITING))?;
    Ok(())
}

/// Removes letters.
pub(crate) async fn remove(
    sql: &mut PgConnection,
    slot: &str,
    ids: &[&Id],
) -> Result<(), SessionError> {
    if ids.is_empty() {
        return Ok(());
    }
    let tables: Vec<String> = ids.iter().map(|id| id.0.name().to_owned()).collect();
    let keys: Vec<String> = ids.iter().map(|id| id.1.clone()).collect();
    sqlx::query!(
        r#"
        DELETE FROM dead_letters
        USING unnest($2::text[], $3::text[]) AS gone (t, k)
        WHERE slot = $1 AND table_name = gone.t AND row_key = gone.k
        "#,
        slot,
        &tables,
        &keys,
    )
    .execute(sql)
    .await
    .map_err(SessionError::sql(WRITING))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_slot_table_and_key_of_the_row_to_read_again() {
        let slot: Name = "node_1".parse().unwrap();
        let asked = |note: &'static str| asked_again(note.as_bytes(), &slot);
        assert_eq!(asked("retry node_1 rooms 7"), Some((Table::Rooms, "7")));
        for other in [
            "checkpoint",
            "retry node_2 rooms 7",
            "retry node_1 users 7",
            "retry node_1",
        ] {
            assert_eq!(asked(other), None, "{other}");
        }
    }
}
