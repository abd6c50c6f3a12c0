//! Names of tables and columns, and texts that a declaration keeps.

use toml::Value;

use super::super::section::Check;

/// Reads the name of a column.
pub(super) fn read_column(
    check: &mut Check<'_>,
    path: &str,
    value: &Value,
) -> Option<&'static str> {
    let expected = "the name of a column, 1 to 63 of the characters a-z, A-Z, 0-9 and _";
    let name = check.text(path, value, expected)?;
    if is_identifier(name) {
        return Some(leak(name));
    }
    check.invalid(path, value, expected);
    None
}

/// Whether a text can be the name of a table or column here. Postgres allows more, in quotes.
pub(super) fn is_identifier(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Keeps a text until the program ends, as a declaration needs it.
pub(super) fn leak(text: &str) -> &'static str {
    text.to_owned().leak()
}
