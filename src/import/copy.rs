//! Encodes rows in the text format of `COPY ... FROM STDIN`, and sends them.

use std::fmt::Write;

use sqlx::PgConnection;
use sqlx::types::Uuid;
use sqlx::types::chrono::DateTime;

use super::progress::Progress;

/// Messages of about this size keep the server busy; larger ones only cost memory.
const MESSAGE_BYTES: usize = 256 * 1024;

/// Postgres queues foreign key checks in memory until the end of a statement, so an import of
/// millions of rows is split into several statements of one transaction.
const STATEMENT_ROWS: u64 = 200_000;

/// Rows in the text format of COPY: fields end with tabs, rows with line feeds.
#[derive(Default)]
pub(super) struct CopyText {
    text: String,
    in_row: bool,
}

impl CopyText {
    /// Appends a text. NUL characters are removed, since Postgres cannot store them.
    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        self.separate();
        for ch in value.chars() {
            match ch {
                '\\' => self.text.push_str("\\\\"),
                '\t' => self.text.push_str("\\t"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\0' => {}
                other => self.text.push(other),
            }
        }
        self
    }

    /// Appends an array of texts. Each is quoted, so commas, braces and `NULL` have no special
    /// meaning.
    pub(super) fn texts<T: AsRef<str>>(&mut self, values: &[T]) -> &mut Self {
        let quoted = values.iter().map(|value| {
            let escaped = value.as_ref().replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{escaped}\"")
        });
        let array = format!("{{{}}}", quoted.collect::<Vec<_>>().join(","));
        self.text(&array)
    }

    /// Appends a number. Rust prints floats so that they parse to the same bits.
    pub(super) fn number(&mut self, value: impl std::fmt::Display) -> &mut Self {
        self.write(format_args!("{value}"))
    }

    /// Appends a number or NULL.
    pub(super) fn optional(&mut self, value: Option<impl std::fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.number(value),
            None => self.write(format_args!("\\N")),
        }
    }

    /// Appends `true` or `false`.
    pub(super) fn flag(&mut self, value: bool) -> &mut Self {
        self.number(value)
    }

    /// Appends a UUID.
    pub(super) fn key(&mut self, value: Uuid) -> &mut Self {
        self.number(value)
    }

    /// Appends a time in seconds since 1970, or NULL if it is beyond the calendar.
    pub(super) fn time(&mut self, value_s: i64) -> &mut Self {
        self.optional_time(Some(value_s))
    }

    /// Appends a time in seconds since 1970, or NULL.
    pub(super) fn optional_time(&mut self, value_s: Option<i64>) -> &mut Self {
        let time = value_s.and_then(|value_s| DateTime::from_timestamp(value_s, 0));
        self.optional(time.map(|time| time.to_rfc3339()))
    }

    /// Appends a date in days since 1970-01-01, or NULL if it is beyond the calendar.
    pub(super) fn day(&mut self, value: i64) -> &mut Self {
        const DAY_S: i64 = 86_400;
        let time = DateTime::from_timestamp(value.saturating_mul(DAY_S), 0);
        self.optional(time.map(|time| time.date_naive()))
    }

    /// Appends a WGS 84 point.
    pub(super) fn point(&mut self, latitude: f64, longitude: f64) -> &mut Self {
        self.write(format_args!("SRID=4326;POINT({longitude} {latitude})"))
    }

    /// Ends the row.
    pub(super) fn end(&mut self) {
        self.text.push('\n');
        self.in_row = false;
    }

    fn write(&mut self, value: std::fmt::Arguments<'_>) -> &mut Self {
        self.separate();
        self.text
            .write_fmt(value)
            .expect("writing to a string cannot fail");
        self
    }

    fn separate(&mut self) {
        if self.in_row {
            self.text.push('\t');
        }
        self.in_row = true;
    }
}

/// Sends rows through a `COPY ... FROM STDIN` statement in bounded memory, and returns their
/// number.
pub(super) async fn send<T>(
    connection: &mut PgConnection,
    statement: &str,
    rows: impl Iterator<Item = T>,
    encode: impl Fn(&T, &mut CopyText),
    progress: &dyn Progress,
) -> sqlx::Result<u64> {
    let mut rows = rows.peekable();
    let mut sent = 0;
    while rows.peek().is_some() {
        // The query macros do not support COPY.
        let mut copy = connection.copy_in_raw(statement).await?;
        let mut chunk = CopyText::default();
        let mut chunk_rows = 0;
        for row in rows.by_ref().take(STATEMENT_ROWS as usize) {
            encode(&row, &mut chunk);
            chunk_rows += 1;
            if chunk.text.len() >= MESSAGE_BYTES {
                copy.send(chunk.text.as_bytes()).await?;
                chunk.text.clear();
                progress.advance(std::mem::take(&mut chunk_rows));
            }
        }
        copy.send(chunk.text.as_bytes()).await?;
        progress.advance(chunk_rows);
        sent += copy.finish().await?;
    }
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(write: impl Fn(&mut CopyText)) -> String {
        let mut copy = CopyText::default();
        write(&mut copy);
        copy.end();
        copy.text
    }

    #[test]
    fn fields_are_separated_and_rows_ended() {
        let text = row(|copy| {
            copy.text("a")
                .number(1.5)
                .flag(true)
                .optional(None::<i32>)
                .text("");
        });
        assert_eq!(text, "a\t1.5\ttrue\t\\N\t\n");
    }

    #[test]
    fn special_characters_of_copy_are_escaped_and_nul_is_removed() {
        let text = row(|copy| {
            copy.text("a\tb\nc\rd\\N\0e");
        });
        assert_eq!(text, "a\\tb\\nc\\rd\\\\Ne\n");
    }

    #[test]
    fn array_elements_are_quoted_and_then_escaped() {
        let text = row(|copy| {
            copy.texts(&["a,b", "c\"d\\e", "NULL", ""]);
        });
        assert_eq!(text, "{\"a,b\",\"c\\\\\"d\\\\\\\\e\",\"NULL\",\"\"}\n");
        assert_eq!(
            row(|copy| {
                copy.texts::<&str>(&[]);
            }),
            "{}\n"
        );
    }

    #[test]
    fn points_are_longitude_first_and_times_are_utc() {
        let text = row(|copy| {
            copy.point(19.5, 72.9).time(0).day(20_778);
        });
        assert_eq!(
            text,
            "SRID=4326;POINT(72.9 19.5)\t1970-01-01T00:00:00+00:00\t2026-11-21\n"
        );
    }
}
