//! Reads the schema of the followed tables from the catalog, and checks that it fits what is
//! declared.

mod catalog;
mod check;

use std::collections::HashMap;

use sqlx::PgConnection;

use self::catalog::{CatalogColumn, CatalogTable};
use super::privileges::missing_table;
use crate::error::SessionError;
use crate::wal::schema::Schema;
use crate::wal::table::{Table, Tables};

/// Reads the followed tables and columns. An error lists everything that does not fit.
///
/// DDL can change the values of a column without a change in the stream: a column is dropped
/// and added with a default, or altered with USING. So the hash includes the number of the
/// column and the transaction that last altered it. It also includes how values are converted,
/// because another declaration can make other documents of the same rows.
pub(crate) async fn read_schema(
    sql: &mut PgConnection,
    followed: &Tables,
) -> Result<Schema, SessionError> {
    let mut tables: HashMap<u32, Table> = HashMap::new();
    let (mut described, mut problems) = (String::new(), Vec::new());
    for table in followed.iter() {
        let Some(found) = CatalogTable::read(sql, table).await? else {
            return Err(missing_table(sql, table).await?);
        };
        if let Some(other) = tables.insert(found.oid, table) {
            problems.push(format!(
                "{} and {} are the same table, and only one collection can follow a table",
                other.name(),
                table.name()
            ));
        }
        let before = problems.len();
        check::check(table, &found, &mut problems);
        if problems.len() == before {
            describe(table, &found, &mut described);
        }
    }
    match problems.is_empty() {
        true => Ok(Schema::new(tables, &described)),
        false => Err(SessionError::Setup(problems.join("; "))),
    }
}

fn describe(table: Table, found: &CatalogTable, described: &mut String) {
    described.push_str(&format!("; {} {}", table.name(), found.oid));
    for column in table.columns() {
        let Some(CatalogColumn {
            name,
            type_name,
            number,
            altered_by,
            ..
        }) = found.column(column.name)
        else {
            continue;
        };
        described.push_str(&format!(", {name} {type_name} {number} {altered_by}"));
    }
    let mut last = None;
    for (field, _) in table.fields() {
        // A date range has two columns.
        if last.replace(field.name) != Some(field.name) {
            described.push_str(&format!(", {:?}", field.source));
        }
    }
}
