//! Cuts values that are too long to be sent back.

/// Longer values are cut in answers, so that a large request cannot fill the log.
const VALUE_CHARS_MAX: usize = 80;

/// Cuts a value that is too long to be sent back or logged.
pub(crate) fn shorten(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
