//! How does a row look on its way through `COPY ... FROM STDIN`, and how do rows get sent?

use std::fmt::Write;

use sqlx::PgConnection;
use sqlx::types::Uuid;
use sqlx::types::chrono::DateTime;

use super::Progress;

/// A message of about this size keeps the server busy; larger ones only take memory.
const MESSAGE_BYTES: usize = 256 * 1024;

/// Postgres queues the checks of foreign keys in memory until the end of a statement, so a load
/// of millions is several statements of one transaction.
const STATEMENT_ROWS: u64 = 200_000;

/// Rows in COPY's text format: fields separated by tabs, rows by line ends.
#[derive(Default)]
pub(super) struct CopyText {
    text: String,
    in_row: bool,
}

impl CopyText {
    /// A text. Postgres cannot store NUL, so that one character goes.
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

    /// Texts as an array. Each is quoted, so that commas, braces and `NULL` are only text.
    pub(super) fn texts<T: AsRef<str>>(&mut self, values: &[T]) -> &mut Self {
        let quoted = values.iter().map(|value| {
            let escaped = value.as_ref().replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{escaped}\"")
        });
        let array = format!("{{{}}}", quoted.collect::<Vec<_>>().join(","));
        self.text(&array)
    }

    /// A number; Rust writes floats so that reading gives the same bits.
    pub(super) fn number(&mut self, value: impl std::fmt::Display) -> &mut Self {
        self.write(format_args!("{value}"))
    }

    /// A number, or NULL.
    pub(super) fn optional(&mut self, value: Option<impl std::fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.number(value),
            None => self.write(format_args!("\\N")),
        }
    }

    /// Postgres knows `true` and `false`.
    pub(super) fn flag(&mut self, value: bool) -> &mut Self {
        self.number(value)
    }

    /// A key.
    pub(super) fn key(&mut self, value: Uuid) -> &mut Self {
        self.number(value)
    }

    /// A moment, in seconds since 1970; NULL if that is no moment of any calendar.
    pub(super) fn moment(&mut self, value_s: i64) -> &mut Self {
        self.optional_moment(Some(value_s))
    }

    /// A moment likewise, or NULL.
    pub(super) fn optional_moment(&mut self, value_s: Option<i64>) -> &mut Self {
        let moment = value_s.and_then(|value_s| DateTime::from_timestamp(value_s, 0));
        self.optional(moment.map(|moment| moment.to_rfc3339()))
    }

    /// A date, in days from 1970-01-01; NULL if that is beyond the calendar.
    pub(super) fn day(&mut self, value: i64) -> &mut Self {
        const DAY_S: i64 = 86_400;
        let moment = DateTime::from_timestamp(value.saturating_mul(DAY_S), 0);
        self.optional(moment.map(|moment| moment.date_naive()))
    }

    /// A WGS 84 point.
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
        self.text.write_fmt(value).expect("a string takes any text");
        self
    }

    fn separate(&mut self) {
        if self.in_row {
            self.text.push('\t');
        }
        self.in_row = true;
    }
}

/// Sends rows through the given `COPY ... FROM STDIN`, and says how many they were. Bounded in
/// memory, whatever their number.
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
        // The macros that check SQL when compiling do not know COPY.
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
    fn what_means_something_to_copy_is_escaped_and_nul_goes() {
        let text = row(|copy| {
            copy.text("a\tb\nc\rd\\N\0e");
        });
        assert_eq!(text, "a\\tb\\nc\\rd\\\\Ne\n");
    }

    #[test]
    fn arrays_are_quoted_twice_over() {
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
    fn points_are_longitude_first_and_moments_are_utc() {
        let text = row(|copy| {
            copy.point(19.5, 72.9).moment(0).day(20_778);
        });
        assert_eq!(
            text,
            "SRID=4326;POINT(72.9 19.5)\t1970-01-01T00:00:00+00:00\t2026-11-21\n"
        );
    }
}
