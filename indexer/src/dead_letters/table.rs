//! Reads and writes the table `dead_letters`.

use std::collections::HashSet;

use sqlx::PgConnection;

use super::letter::{Id, Letter};
use crate::error::SessionError;
use crate::wal::table::Tables;

const READING: &str = "reading the table dead_letters";
const WRITING: &str = "writing the table dead_letters";

/// Why this session cannot write the table, and what an operator can do.
pub(crate) async fn write_problem(sql: &mut PgConnection) -> Result<Option<String>, SessionError> {
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
    let remedy = match (found.is_there, found.may_write) {
        (true, true) => return Ok(None),
        (true, false) => format!(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON dead_letters TO \"{}\"",
            found.role
        ),
        (false, _) => "run `roost migrate`".to_owned(),
    };
    Ok(Some(format!(
        "rows that cannot be converted cannot be written to the table dead_letters: {remedy}"
    )))
}

/// The rows that the node of a slot rejects, except rows of tables that this version does not
/// follow.
pub(super) async fn ids(
    sql: &mut PgConnection,
    slot: &str,
    followed: &Tables,
) -> Result<HashSet<Id>, SessionError> {
    let rows = sqlx::query!(
        "SELECT table_name, row_key FROM dead_letters WHERE slot = $1",
        slot
    )
    .fetch_all(sql)
    .await
    .map_err(SessionError::sql(READING))?;
    let ids = rows
        .into_iter()
        .filter_map(|row| Some((followed.named(&row.table_name)?, row.row_key)));
    Ok(ids.collect())
}

/// The number of rows that the node of a slot rejects.
pub(super) async fn count(
    sql: &mut PgConnection,
    slot: &str,
    followed: &Tables,
) -> Result<usize, SessionError> {
    let tables: Vec<String> = followed
        .iter()
        .map(|table| table.name().to_owned())
        .collect();
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

/// Writes dead letters. A replay writes the same dead letters again, which has no effect.
pub(super) async fn put(
    sql: &mut PgConnection,
    slot: &str,
    dead_letters: &[&Letter],
) -> Result<(), SessionError> {
    if dead_letters.is_empty() {
        return Ok(());
    }
    let column = |value: fn(&Letter) -> String| -> Vec<String> {
        dead_letters.iter().map(|letter| value(letter)).collect()
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

/// Copies the dead letters of one slot to another, whose index lacks the same rows. Earlier
/// ones of the other slot belong to an index that no longer exists.
pub(crate) async fn copy_to_slot(
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

/// Removes dead letters.
pub(super) async fn remove(
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
