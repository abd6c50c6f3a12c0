//! Checks that the role of the node may read the followed tables.

use sqlx::PgConnection;

use crate::error::SessionError;
use crate::wal::table::{Table, Tables};

const READING: &str = "reading the privileges of the role";

/// Checks that the role may read every followed column, which must exist. The error names the
/// missing GRANT.
pub(crate) async fn check_privileges(
    sql: &mut PgConnection,
    followed: &Tables,
) -> Result<(), SessionError> {
    let (mut tables, mut columns) = (Vec::new(), Vec::new());
    for table in followed.iter() {
        for column in table.columns() {
            tables.push(table.sql());
            columns.push(column.name.to_owned());
        }
    }
    let unreadable = sqlx::query!(
        r#"
        SELECT
            current_user::text AS "role!",
            string_agg(DISTINCT table_name, ', ' ORDER BY table_name) AS tables
        FROM unnest($1::text[], $2::text[]) AS followed (table_name, column_name)
        WHERE NOT has_column_privilege(to_regclass(table_name), column_name, 'SELECT')
        "#,
        &tables,
        &columns,
    )
    .fetch_one(sql)
    .await
    .map_err(SessionError::sql(READING))?;
    let role = unreadable.role;
    match unreadable.tables {
        None => Ok(()),
        Some(tables) => Err(SessionError::Setup(format!(
            "role {role} may not read {tables}: GRANT SELECT ON {tables} TO \"{role}\""
        ))),
    }
}

/// Why a followed table was not found, and what an operator can do.
pub(crate) async fn missing_table(
    sql: &mut PgConnection,
    followed: Table,
) -> Result<SessionError, SessionError> {
    let table = followed.name();
    // Postgres does not find tables of schemas that the role may not use.
    let hidden = sqlx::query!(
        r#"
        SELECT n.nspname::text AS "schema!", current_user::text AS "role!"
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE $1 IN (c.relname::text, n.nspname || '.' || c.relname)
            AND c.relkind = 'r' AND NOT has_schema_privilege(n.oid, 'USAGE')
        LIMIT 1
        "#,
        table,
    )
    .fetch_optional(sql)
    .await
    .map_err(SessionError::sql(READING))?;
    Ok(SessionError::Setup(match hidden {
        None => format!(
            "there is no table {table}: {}",
            followed.remedy("create it")
        ),
        Some(found) => format!(
            "role {0} may not use schema {1}, which has table {table}: GRANT USAGE ON SCHEMA {1} \
             TO \"{0}\"",
            found.role, found.schema
        ),
    }))
}
