//! Creates the publication, and checks that it publishes every change of the followed tables.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::events::in_new_publication;
use crate::config::Name;
use crate::error::{INSUFFICIENT_PRIVILEGE, SessionError};
use crate::wal::table::{Column, Table, Tables};

const READING: &str = "reading the publication";

/// Creates the publication if it is missing, adds tables that are read after this, and checks the
/// rest. These are the tables that every session reads at its start, and all tables before a copy.
/// A table that is only followed is not added: its changes until now are not in the stream.
pub(crate) async fn ensure_publication(
    sql: &mut PgConnection,
    name: &Name,
    followed: &Tables,
    copies_follow: bool,
) -> Result<(), SessionError> {
    if publishes_everything(sql, name).await?.is_none() {
        let tables = followed.sql();
        // A name cannot be a parameter. A `Name` needs no quotes.
        let events = in_new_publication(sql).await?;
        let statement = format!("CREATE PUBLICATION {name} FOR TABLE {tables}{events}");
        sqlx::raw_sql(AssertSqlSafe(statement.as_str()))
            .execute(&mut *sql)
            .await
            .map_err(|error| needs_owner("creating the publication", &statement, error))?;
        tracing::info!(publication = %name, "created the publication");
        return Ok(());
    }
    for table in followed.iter() {
        let is_read = copies_follow || table.target().is_in_memory();
        if is_read && published(sql, name, table).await?.is_none() {
            add(sql, name, table).await?;
        }
    }
    check_publication(sql, name, followed).await
}

/// Checks that the publication contains every change of the followed tables.
pub(crate) async fn check_publication(
    sql: &mut PgConnection,
    name: &Name,
    followed: &Tables,
) -> Result<(), SessionError> {
    let publishes_everything = publishes_everything(sql, name)
        .await?
        .ok_or_else(|| SessionError::Setup(format!("there is no publication {name}")))?;
    if !publishes_everything {
        return Err(SessionError::Setup(format!(
            "publication {name} omits some kinds of changes: ALTER PUBLICATION {name} SET \
             (publish = 'insert, update, delete, truncate')"
        )));
    }
    for table in followed.iter() {
        let is_whole = published(sql, name, table).await?.is_some_and(|published| {
            let has = |column: &Column| published.columns.iter().any(|name| name == column.name);
            published.every_row && table.columns().iter().all(has)
        });
        if !is_whole {
            return Err(SessionError::Setup(format!(
                "publication {name} does not have every row and column of table {}: ALTER \
                 PUBLICATION {name} SET TABLE {}",
                table.name(),
                followed.sql()
            )));
        }
    }
    Ok(())
}

/// Whether a publication contains all kinds of changes; `None` if it does not exist.
async fn publishes_everything(
    sql: &mut PgConnection,
    name: &Name,
) -> Result<Option<bool>, SessionError> {
    sqlx::query_scalar!(
        r#"
        SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate AS "everything!"
        FROM pg_publication WHERE pubname = $1
        "#,
        name.as_str(),
    )
    .fetch_optional(sql)
    .await
    .map_err(SessionError::sql(READING))
}

/// The columns and rows of a table that a publication contains.
struct Published {
    columns: Vec<String>,
    every_row: bool,
}

async fn published(
    sql: &mut PgConnection,
    name: &Name,
    table: Table,
) -> Result<Option<Published>, SessionError> {
    sqlx::query_as!(
        Published,
        r#"
        SELECT attnames::text[] AS "columns!", rowfilter IS NULL AS "every_row!"
        FROM pg_publication_tables
        JOIN pg_namespace n ON n.nspname = schemaname
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = tablename
        WHERE pubname = $1 AND c.oid = to_regclass($2)
        "#,
        name.as_str(),
        table.sql(),
    )
    .fetch_optional(sql)
    .await
    .map_err(SessionError::sql(READING))
}

/// Adds a table to the publication. Changes that a transaction made before are not published even
/// if it commits afterwards. So this waits for transactions that write to the table; the read that
/// follows then sees them.
async fn add(sql: &mut PgConnection, name: &Name, table: Table) -> Result<(), SessionError> {
    let doing = "adding a table to the publication";
    let mut sql = sql.begin().await.map_err(SessionError::sql(doing))?;
    let table_name = table.name();
    let table = table.sql();
    let alter = format!("ALTER PUBLICATION {name} ADD TABLE {table}");
    let statement = format!(
        "SET LOCAL lock_timeout = '10s';
         LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;
         {alter}"
    );
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut *sql)
        .await
        .map_err(|error| needs_owner(doing, &alter, error))?;
    sql.commit().await.map_err(SessionError::sql(doing))?;
    tracing::info!(publication = %name, table = table_name, "added a table to the publication");
    Ok(())
}

/// The error of a statement that only the owner of the tables may run.
fn needs_owner(doing: &'static str, statement: &str, error: sqlx::Error) -> SessionError {
    let code = error.as_database_error().and_then(|error| error.code());
    match code.as_deref() {
        Some(INSUFFICIENT_PRIVILEGE) => SessionError::Setup(format!(
            "{doing} failed, because this role may not: let the owner of the tables run \
             {statement}: {error}"
        )),
        _ => SessionError::sql(doing)(error),
    }
}
