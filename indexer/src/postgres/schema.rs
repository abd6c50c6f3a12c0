//! Reads the schema of the followed tables from the catalog.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::privileges::missing_table;
use crate::error::SessionError;
use crate::wal::schema::Schema;
use crate::wal::table::Tables;

/// Reads the followed tables and columns. A missing one is an error.
///
/// DDL can change the values of a column without a change in the stream: a column is dropped
/// and added with a default, or altered with USING. So the hash includes the number of the
/// column and the transaction that last altered it.
pub(crate) async fn read_schema(
    sql: &mut PgConnection,
    followed: &Tables,
) -> Result<Schema, SessionError> {
    let mut tables = HashMap::new();
    let mut described = String::new();
    for table in followed.iter() {
        let columns = sqlx::query!(
            r#"
            SELECT
                attrelid::bigint AS "table_oid!",
                attname::text AS "name!",
                format_type(atttypid, NULL) AS "type_name!",
                attnum AS "number!",
                xmin::text AS "altered_by!"
            FROM pg_attribute
            WHERE attrelid = to_regclass($1)::oid AND attnum > 0 AND NOT attisdropped
            "#,
            table.name(),
        )
        .fetch_all(&mut *sql)
        .await
        .map_err(SessionError::sql("reading the schema of the tables"))?;
        let oid = columns
            .first()
            .and_then(|column| u32::try_from(column.table_oid).ok());
        let Some(oid) = oid else {
            return Err(missing_table(sql, table).await?);
        };
        tables.insert(oid, table);
        described.push_str(&format!("; {} {oid}", table.name()));
        for name in table.columns().iter().map(|column| column.name) {
            let column = columns.iter().find(|column| column.name == name);
            let column = column.ok_or_else(|| {
                let table = table.name();
                SessionError::Setup(format!(
                    "table {table} has no column {name}: run `roost migrate`"
                ))
            })?;
            let (type_name, number) = (&column.type_name, column.number);
            let altered_by = &column.altered_by;
            described.push_str(&format!(", {name} {type_name} {number} {altered_by}"));
        }
    }
    Ok(Schema::new(tables, &described))
}
