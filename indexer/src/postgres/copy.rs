//! Reads rows by COPY in text format, all of a table or some by their keys.
//!
//! The same output functions of Postgres write the values of COPY and of the stream, so that copied
//! and streamed rows cannot differ.

use futures_util::TryStreamExt;
use roost_engine::Key;
use sqlx::PgConnection;

use crate::error::SessionError;
use crate::wal::row::{Row, Value};
use crate::wal::table::Table;

/// Starts a transaction that sees one snapshot of the database from its first statement on.
pub(crate) const ONE_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Visits the rows that `clause` selects, with the columns that the index uses.
pub(crate) async fn copy(
    sql: &mut PgConnection,
    table: Table,
    clause: &str,
    mut visit: impl FnMut(Row) -> Result<(), SessionError>,
) -> Result<(), SessionError> {
    let doing = "copying a table";
    // COPY takes no parameters, so no checked macro can express it. The names of table and
    // columns are written as identifiers.
    let statement = table.copy_statement(clause);
    let mut chunks = sql
        .copy_out_raw(&statement)
        .await
        .map_err(SessionError::sql(doing))?;
    let mut rest = Vec::new();
    while let Some(chunk) = chunks.try_next().await.map_err(SessionError::sql(doing))? {
        rest.extend_from_slice(&chunk);
        let mut from = 0;
        // A line feed within a value is escaped.
        while let Some(length) = rest[from..].iter().position(|&byte| byte == b'\n') {
            let line = &rest[from..from + length];
            from += length + 1;
            visit(parse_line(table, line)?)?;
        }
        rest.drain(..from);
    }
    Ok(())
}

/// Reads the row with this key as it is now.
pub(crate) async fn copy_one(
    sql: &mut PgConnection,
    table: Table,
    key: Key,
) -> Result<Option<Row>, SessionError> {
    let mut found = None;
    copy_some(sql, table, &[key], |row| {
        found = Some(row);
        Ok(())
    })
    .await?;
    Ok(found)
}

/// Visits the rows with these keys as they are now.
pub(crate) async fn copy_some(
    sql: &mut PgConnection,
    table: Table,
    keys: &[Key],
    visit: impl FnMut(Row) -> Result<(), SessionError>,
) -> Result<(), SessionError> {
    let keys: Vec<String> = keys.iter().map(|key| format!("'{key}'")).collect();
    let clause = format!("WHERE {} IN ({})", table.key().sql(), keys.join(", "));
    copy(sql, table, &clause, visit).await
}

fn parse_line(table: Table, line: &[u8]) -> Result<Row, SessionError> {
    let mut values = Vec::with_capacity(table.columns().len());
    for field in line.split(|&byte| byte == b'\t') {
        values.push(match field {
            b"\\N" => Value::Null,
            field => Value::Text(
                String::from_utf8(unescape(field))
                    .map_err(|_| SessionError::Protocol("a copied row that is not UTF-8"))?,
            ),
        });
    }
    if values.len() == table.columns().len() {
        Ok(Row { table, values })
    } else {
        Err(SessionError::Protocol(
            "a copied row with unexpected columns",
        ))
    }
}

fn unescape(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next() {
                Some(b'b') => 8,
                Some(b't') => b'\t',
                Some(b'n') => b'\n',
                Some(b'v') => 11,
                Some(b'f') => 12,
                Some(b'r') => b'\r',
                Some(&other) => other,
                None => b'\\',
            },
            byte => byte,
        });
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_line_becomes_a_row() {
        let line = b"7\t4\t1\tt\t\\N\ta\\tb\\\\N\\nc\tZ\xc3\xbcrich";
        let row = parse_line(Table::landlords(), line).unwrap();
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(
            row.values,
            [
                text("7"),
                text("4"),
                text("1"),
                text("t"),
                Value::Null,
                text("a\tb\\N\nc"),
                text("Zürich")
            ]
        );
    }

    #[test]
    fn a_line_with_other_columns_is_an_error() {
        assert!(parse_line(Table::landlords(), b"7\t4").is_err());
        assert!(parse_line(Table::landlords(), b"7\t4\t1\tt\t\\N\t\xff\t").is_err());
    }
}
