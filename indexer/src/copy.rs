//! How do rows come out of a table, all of them or one by its key?
//!
//! By COPY in text format: the same output functions write these values and those of the stream,
//! so that what is copied and what is streamed can't differ.

use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use roost_engine::Key;
use sqlx::PgConnection;

use crate::error::SessionError;
use crate::wal::table::{KEY, Row, Table, Value};

/// Begins a transaction that sees one snapshot of the database from its first statement on.
pub(crate) const ONE_SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Visits the read columns of the rows that `clause` selects.
pub(crate) async fn copy(
    sql: &mut PgConnection,
    table: Table,
    clause: &str,
    mut visit: impl FnMut(Row) -> Result<(), SessionError>,
) -> Result<(), SessionError> {
    let doing = "copying a table";
    // COPY takes no parameters, so no checked macro can express it. Table and columns are ours.
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

/// The row of that key as it is now.
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

/// Visits the rows of these keys as they are now.
pub(crate) async fn copy_some(
    sql: &mut PgConnection,
    table: Table,
    keys: &[Key],
    visit: impl FnMut(Row) -> Result<(), SessionError>,
) -> Result<(), SessionError> {
    let keys: Vec<String> = keys.iter().map(|key| format!("'{key}'")).collect();
    let clause = format!("WHERE {KEY} IN ({})", keys.join(", "));
    copy(sql, table, &clause, visit).await
}

/// Says now and then how far a copy has come.
pub(crate) struct Pace {
    table: &'static str,
    total: u64,
    rows: u64,
    began: Instant,
    said: Instant,
}

impl Pace {
    pub(crate) fn new(table: &'static str, total: u64) -> Pace {
        let now = Instant::now();
        Pace {
            table,
            total,
            rows: 0,
            began: now,
            said: now,
        }
    }

    /// Counts a row; returns the count now and then.
    pub(crate) fn count(&mut self) -> Option<u64> {
        const LOOK_EVERY_ROWS: u64 = 1024;
        const SAY_EVERY: Duration = Duration::from_secs(5);
        self.rows += 1;
        if !self.rows.is_multiple_of(LOOK_EVERY_ROWS) {
            return None;
        }
        if self.said.elapsed() >= SAY_EVERY {
            self.said = Instant::now();
            self.say("copying");
        }
        Some(self.rows)
    }

    pub(crate) fn finish(&self) {
        self.say("copied");
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rate for a person to read"
    )]
    fn say(&self, what: &str) {
        let seconds = self.began.elapsed().as_secs_f64().max(0.001);
        tracing::info!(
            table = self.table,
            rows = self.rows,
            total = self.total,
            rows_per_s = (self.rows as f64 / seconds) as u64,
            "{what} a table"
        );
    }
}

fn parse_line(table: Table, line: &[u8]) -> Result<Row, SessionError> {
    let mut values = Vec::with_capacity(table.columns().len());
    for field in line.split(|&byte| byte == b'\t') {
        values.push(match field {
            b"\\N" => Value::Null,
            field => Value::Text(
                String::from_utf8(unescape(field))
                    .map_err(|_| SessionError::OutOfOrder("a copied row that is not UTF-8"))?,
            ),
        });
    }
    if values.len() == table.columns().len() {
        Ok(Row { table, values })
    } else {
        Err(SessionError::OutOfOrder(
            "a copied row with other columns than asked for",
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
        let row = parse_line(Table::Landlords, line).unwrap();
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
        assert!(parse_line(Table::Landlords, b"7\t4").is_err());
        assert!(parse_line(Table::Landlords, b"7\t4\t1\tt\t\\N\t\xff\t").is_err());
    }
}
