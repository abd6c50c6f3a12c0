//! Reads the rows of an import from CSV or JSON.

use axum::http::StatusCode;
use csv::{ByteRecord, ReaderBuilder, Trim};
use roost_market::exams::ImportedRow;
use roost_market::{FieldError, RowError};

use crate::http::error::{ApiError, Code};
use crate::http::shorten::shorten;
use crate::params::json::Json;
use crate::params::object::JsonObject;
use crate::params::spelling::nearest;

const STUDENT_EMAIL: &str = "student_email";
const VENUE_ID: &str = "venue_id";
const ASSIGNMENTS: &str = "assignments";

/// What a file contains.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The rows that could be read.
    pub(super) rows: Vec<ImportedRow>,
    /// The others.
    pub(super) rejected: Vec<RowError>,
    /// The numbers of the columns, from 1; empty for JSON.
    pub(super) columns: Vec<(String, usize)>,
}

/// Reads CSV with a header. Empty lines and other columns are ignored.
pub(super) fn of_csv(body: &[u8]) -> Result<Rows, ApiError> {
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .trim(Trim::All)
        .from_reader(body);
    let header = reader.byte_headers().map_err(malformed)?.clone();
    let email_at = column(&header, STUDENT_EMAIL)?;
    let venue_at = column(&header, VENUE_ID)?;
    let mut rows = Rows {
        columns: [(STUDENT_EMAIL, email_at), (VENUE_ID, venue_at)]
            .map(|(name, at)| (name.to_owned(), at + 1))
            .to_vec(),
        ..Rows::default()
    };
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(malformed)? {
        if record.iter().all(<[u8]>::is_empty) {
            continue;
        }
        let line = line_of(&record, body);
        let cells = text(&record, STUDENT_EMAIL, email_at)
            .and_then(|email| Ok((email, text(&record, VENUE_ID, venue_at)?)));
        match cells {
            _ if record.len() != header.len() => rows.rejected.push(RowError {
                line,
                error: wrong_length(record.len(), header.len()),
            }),
            Ok((student_email, venue_id)) => rows.rows.push(ImportedRow {
                line,
                student_email,
                venue_id,
            }),
            Err(error) => rows.rejected.push(RowError { line, error }),
        }
    }
    Ok(rows)
}

/// Reads an object with a list of assignments.
pub(super) fn of_json(body: &[u8]) -> Result<Rows, ApiError> {
    let mut object = JsonObject::parse(body, &[ASSIGNMENTS])?;
    let expected = "a list of objects with the members student_email and venue_id";
    let items = object.array(ASSIGNMENTS, expected)?;
    let mut rows = Rows::default();
    for (at, item) in items.into_iter().enumerate() {
        let path = format!("{ASSIGNMENTS}[{at}]");
        let Json::Object(members) = item else {
            return Err(ApiError::parameter(&path, &item.to_string(), expected));
        };
        let read = || {
            let mut item = JsonObject::of_members(members, &[STUDENT_EMAIL, VENUE_ID])?;
            let email = item.required_text(STUDENT_EMAIL, "an e-mail address")?;
            Ok((email, item.required_text(VENUE_ID, "the id of a venue")?))
        };
        let (student_email, venue_id) = read().map_err(|error: ApiError| error.inside(&path))?;
        rows.rows.push(ImportedRow {
            line: at as u64 + 1,
            student_email,
            venue_id,
        });
    }
    Ok(rows)
}

/// The index of a column.
fn column(header: &ByteRecord, name: &'static str) -> Result<usize, ApiError> {
    let names: Vec<String> = header
        .iter()
        .map(|name| String::from_utf8_lossy(name).to_lowercase())
        .collect();
    let mut found = names.iter().enumerate().filter(|(_, it)| *it == name);
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(at),
        (Some(_), Some(_)) => {
            let message = format!("the header has the column {name} twice");
            Err(invalid(message, name))
        }
        (None, _) => {
            let sent = shorten(&names.join(","));
            let error = invalid(format!("the header {sent:?} lacks the column {name}"), name);
            let others = names.iter().map(String::as_str);
            let others = others.filter(|it| ![STUDENT_EMAIL, VENUE_ID].contains(it));
            Err(match nearest(name, others) {
                Some(nearest) => error.with_hint(&format!("is it {nearest}?")),
                None => error,
            })
        }
    }
}

fn invalid(message: String, field: &str) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, Code::InvalidRows, message)
        .with_field(field, "")
        .with_expected("a first line with the columns student_email and venue_id")
}

/// The text of a cell.
fn text(record: &ByteRecord, field: &'static str, at: usize) -> Result<String, FieldError> {
    let cell = record.get(at).unwrap_or_default();
    std::str::from_utf8(cell)
        .map(str::to_owned)
        .map_err(|_| FieldError {
            field: field.into(),
            value: Some(String::from_utf8_lossy(cell).into_owned()),
            expected: "text in UTF-8".into(),
        })
}

fn wrong_length(cells: usize, columns: usize) -> FieldError {
    FieldError {
        field: "the row".into(),
        value: Some(format!("{cells} cells")),
        expected: format!("{columns} cells as the header has; quote a cell with a comma").into(),
    }
}

/// The line where a record starts. The reader counts from the end of the record before, so the
/// empty lines between them are added.
fn line_of(record: &ByteRecord, body: &[u8]) -> u64 {
    let Some(position) = record.position() else {
        return 0;
    };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let skipped = body.get(start..).unwrap_or_default().iter();
    let skipped = skipped.take_while(|byte| b"\r\n".contains(byte));
    position.line() + skipped.filter(|byte| **byte == b'\n').count() as u64
}

/// The body is in memory and records may have any length, so this does not happen.
fn malformed(error: csv::Error) -> ApiError {
    let message = format!("the body is not valid CSV: {error}");
    ApiError::new(StatusCode::BAD_REQUEST, Code::InvalidRows, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Vec<(u64, String, String)> {
        let rows = of_csv(body.as_bytes()).unwrap();
        assert_eq!(rows.rejected, []);
        let rows = rows.rows.into_iter();
        rows.map(|row| (row.line, row.student_email, row.venue_id))
            .collect()
    }

    fn row(line: u64, email: &str, venue: &str) -> (u64, String, String) {
        (line, email.to_owned(), venue.to_owned())
    }

    #[test]
    fn a_file_is_read_whatever_the_order_of_its_columns_its_line_ends_and_its_empty_lines() {
        let expected = [row(2, "a@b.c", "1"), row(5, "d@e.f", "2")];
        for body in [
            "student_email,venue_id\na@b.c,1\n\n\nd@e.f,2\n",
            "\u{feff}student_email,venue_id\r\na@b.c,1\r\n\r\n\r\nd@e.f,2",
            "Venue_ID, Student_Email\n1, a@b.c\n,\n\n2 ,\"d@e.f\"\n",
            "name,venue_id,student_email\n\"Asha, B.\",1,a@b.c\n\n,,\n\"\",2,d@e.f\n",
        ] {
            assert_eq!(read(body), expected, "{body:?}");
        }
        let body = "name,venue_id,student_email\n\"two\nlines\",1,a@b.c\nx,2,d@e.f\n";
        assert_eq!(read(body), [row(2, "a@b.c", "1"), row(4, "d@e.f", "2")]);
        assert!(read("student_email,venue_id\n").is_empty());
    }

    #[test]
    fn a_row_of_another_length_or_encoding_is_rejected_with_its_line() {
        let body = b"student_email,venue_id\na@b.c\nd@e.f,2,3\n\xff@e.f,2\ng@h.i,4\n";
        let rows = of_csv(body).unwrap();
        assert_eq!(rows.rows.len(), 1);
        let messages: Vec<String> = rows.rejected.iter().map(RowError::to_string).collect();
        let expected = [
            "line 2: the row must be 2 cells as the header has",
            "line 3: the row must be 2 cells as the header has",
            "line 4: student_email must be text in UTF-8",
        ];
        for (message, start) in messages.iter().zip(expected) {
            assert!(message.starts_with(start), "{message}");
        }
        assert_eq!(messages.len(), 3);
        let columns = [("student_email".to_owned(), 1), ("venue_id".to_owned(), 2)];
        assert_eq!(rows.columns, columns);
    }

    #[test]
    fn a_header_without_a_column_or_with_one_twice_is_rejected() {
        for (body, expected) in [
            ("", "lacks the column student_email"),
            ("a@b.c,1\n", "lacks the column student_email"),
            ("student_email,venu_id\n", "is it venu_id?"),
            (
                "venue_id,student_email,venue_id\n",
                "has the column venue_id twice",
            ),
            ("student_email;venue_id\n", "lacks the column student_email"),
        ] {
            let error = of_csv(body.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{body:?}: {error}");
        }
    }

    #[test]
    fn json_has_the_same_rows_and_an_error_names_its_item() {
        let body = r#"{"assignments": [{"student_email": "a@b.c", "venue_id": "1"}]}"#;
        let rows = of_json(body.as_bytes()).unwrap();
        assert_eq!((rows.rows.len(), rows.rows[0].line), (1, 1));
        for (body, start) in [
            ("{}", "assignments is missing"),
            (r#"{"assignments": {}}"#, "assignments must be a list"),
            (r#"{"assignments": [1]}"#, "assignments[0] must be a list"),
            (
                r#"{"assignments": [{"student_email": "a@b.c"}]}"#,
                "assignments[0]: venue_id is missing",
            ),
            (
                r#"{"assignments": [{"student_mail": "a@b.c", "venue_id": "1"}]}"#,
                "assignments[0]: there is no parameter \"student_mail\" here; did you mean",
            ),
        ] {
            let error = of_json(body.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(start), "{body}: {error}");
        }
    }
}
