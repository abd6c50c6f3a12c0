//! Tests of line numbers, decompression and errors.

use std::io::{Cursor, Write};

use super::*;

/// The line and the first field of every record, or the error.
fn lines(bytes: &[u8]) -> Vec<(u64, String)> {
    let mut records = Records::open(Cursor::new(bytes.to_vec())).unwrap();
    let mut all = Vec::new();
    while let Some(record) = records.next() {
        all.push(match record {
            Ok(record) => (record.line, record.text(Some(0)).unwrap().to_owned()),
            Err(ReadError::Row(error)) => (error.line, format!("!{}", error.value)),
            Err(error) => panic!("{error}"),
        });
    }
    all
}

#[test]
fn line_numbers_are_those_of_the_file_with_blank_lines_and_carriage_returns() {
    let expected = vec![
        (2, "1".to_owned()),
        (4, "2".to_owned()),
        (7, "3".to_owned()),
    ];
    assert_eq!(lines(b"a,b\n1,\"x\ny\"\n2,z\n\n\n3,w\n"), expected);
    assert_eq!(
        lines(b"a,b\r\n1,\"x\r\ny\"\r\n2,z\r\n\r\n\r\n3,w"),
        expected
    );
}

#[test]
fn a_row_with_too_few_or_too_many_fields_is_an_error_of_that_row() {
    let expected = [(2, "!1 fields"), (3, "!3 fields"), (4, "1")];
    let found = lines(b"a,b\n1\n1,2,3\n1,2\n");
    assert!(
        found
            .iter()
            .map(|(line, text)| (*line, text.as_str()))
            .eq(expected)
    );
}

#[test]
fn gzip_is_detected_by_its_bytes_and_the_header_excludes_the_byte_order_mark() {
    let text = "\u{feff}a,b\n1,2\n".as_bytes();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    for bytes in [text.to_vec(), encoder.finish().unwrap()] {
        let records = Records::open(Cursor::new(bytes)).unwrap();
        assert_eq!(records.column(&["a"]), Some(0));
    }
}

#[test]
fn a_truncated_gzip_file_is_an_error_of_the_file() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(&b"a,b\n1,2\n".repeat(20_000)).unwrap();
    let mut bytes = encoder.finish().unwrap();
    bytes.truncate(bytes.len() / 2);
    let mut records = Records::open(Cursor::new(bytes)).unwrap();
    let end = loop {
        match records.next() {
            Some(Ok(_)) => {}
            other => break other.map(|result| result.map(|record| record.line)),
        }
    };
    assert!(
        matches!(end, Some(Err(ReadError::File(FileError::Read { .. })))),
        "{end:?}"
    );
}

#[test]
fn text_that_is_not_utf_8_is_an_error_of_its_row() {
    let mut records = Records::open(Cursor::new(b"a,b\n1,\xff\xfe\n".to_vec())).unwrap();
    let record = records.next().unwrap().unwrap();
    let error = record.text(Some(1)).unwrap_err();
    assert_eq!((error.line, error.column.as_str()), (2, "b"));
}

#[test]
fn text_that_is_not_a_finite_number_in_range_is_an_error() {
    for text in ["NaN", "inf", "", "1,5", "91"] {
        let bytes = format!("a,b\n\"{text}\",x\n").into_bytes();
        let mut records = Records::open(Cursor::new(bytes)).unwrap();
        let record = records.next().unwrap().unwrap();
        assert!(record.number(0, -90.0..=90.0).is_err(), "{text}");
    }
}

#[test]
fn an_unsupported_compression_format_is_named() {
    let zip = b"PK\x03\x04\x14\0\0\0\x08\0listings.csv".to_vec();
    let error = Records::open(Cursor::new(zip)).map(|_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file is compressed as zip: expected a CSV file, plain or gzipped"
    );
}

#[test]
fn a_file_that_is_empty_or_not_csv_is_one_short_error() {
    let noise = [1, 200, b'x', 0x1b].repeat(1_000);
    for (bytes, word) in [(Vec::new(), "empty"), (noise, "…")] {
        let error = Records::open(Cursor::new(bytes))
            .unwrap()
            .required(&["id"])
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("no column id") && text.contains(word),
            "{text}"
        );
        assert!(
            text.chars().count() < 500 && !text.contains(char::is_control),
            "{text}"
        );
    }
}
