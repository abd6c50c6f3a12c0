//! A section of the configuration file. Its checks collect problems instead of stopping at the
//! first, so that one error lists all of them.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// An unchecked section. Flags and variables cannot contain a table, so the file is the only layer
/// of a section.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) file: PathBuf,
    pub(super) value: Value,
}

/// The problems of a file. Each names the key, its value and the expected value.
pub(super) struct Check<'a> {
    file: &'a Path,
    problems: &'a mut Vec<String>,
}

impl<'a> Check<'a> {
    pub(super) fn new(section: &'a Section, problems: &'a mut Vec<String>) -> Check<'a> {
        Check {
            file: &section.file,
            problems,
        }
    }

    /// The number of problems so far.
    pub(super) fn problem_count(&self) -> usize {
        self.problems.len()
    }

    pub(super) fn table<'v>(&mut self, path: &str, value: &'v Value) -> Option<&'v Table> {
        let table = value.as_table();
        self.expect(path, value, table, "a table")
    }

    pub(super) fn text<'v>(
        &mut self,
        path: &str,
        value: &'v Value,
        expected: &str,
    ) -> Option<&'v str> {
        let text = value.as_str();
        self.expect(path, value, text, expected)
    }

    pub(super) fn flag(&mut self, path: &str, value: &Value) -> Option<bool> {
        let flag = value.as_bool();
        self.expect(path, value, flag, "true or false")
    }

    pub(super) fn number(
        &mut self,
        path: &str,
        value: &Value,
        range: RangeInclusive<f64>,
    ) -> Option<f64> {
        // TOML distinguishes 30 and 30.0; here they mean the same.
        let number: Option<f64> = value.clone().try_into().ok();
        let number = number.filter(|number| range.contains(number));
        let expected = format!("a number from {} to {}", range.start(), range.end());
        self.expect(path, value, number, &expected)
    }

    /// Reports keys that are not among `keys` of `what`, such as "a profile".
    pub(super) fn keys(&mut self, path: &str, table: &Table, keys: &[&str], what: &str) {
        for key in table.keys().filter(|key| !keys.contains(&key.as_str())) {
            let (what, expected) = (
                format!("a key of {what}"),
                format!("one of {}", keys.join(", ")),
            );
            self.unknown(&format!("{path}.{key}"), &what, &expected);
        }
    }

    /// Reports a value that could not be read.
    fn expect<T>(
        &mut self,
        path: &str,
        value: &Value,
        read: Option<T>,
        expected: &str,
    ) -> Option<T> {
        if read.is_none() {
            self.invalid(path, value, expected);
        }
        read
    }

    pub(super) fn invalid(&mut self, path: &str, value: &Value, expected: &str) {
        let file = self.file.display();
        self.problems.push(format!(
            "{path} is {value} (from {file}): expected {expected}"
        ));
    }

    pub(super) fn missing(&mut self, path: &str, expected: &str) {
        let file = self.file.display();
        self.problems.push(format!(
            "{path} is missing (in {file}): expected {expected}"
        ));
    }

    pub(super) fn unknown(&mut self, path: &str, what: &str, expected: &str) {
        let file = self.file.display();
        self.problems.push(format!(
            "{path} (in {file}) is not {what}: expected {expected}"
        ));
    }
}

/// Whether a name needs no escapes in a URL.
pub(super) fn is_plain_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}
