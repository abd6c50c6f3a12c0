//! Checks of texts that people enter.

use std::ops::RangeInclusive;

use crate::action::error::ActionError;

/// Checks one line of text: that it contains no control character, a line end least of all, and its
/// length in characters, without the space around it. Returns it without that space.
///
/// # Errors
///
/// `Invalid` with the field, its value and what is expected.
pub(crate) fn line(
    field: &'static str,
    text: &str,
    chars: RangeInclusive<usize>,
) -> Result<String, ActionError> {
    let line = text.trim();
    if chars.contains(&line.chars().count()) && !text.chars().any(char::is_control) {
        return Ok(line.to_owned());
    }
    let (min, max) = (chars.start(), chars.end());
    let expected = format!("a line of {min} to {max} characters");
    Err(ActionError::invalid(field, text, expected))
}

/// Checks a text that may have several lines: that it contains no other control character than line
/// ends and tabs, and its length in characters.
///
/// # Errors
///
/// `Invalid` with the field, its value and what is expected.
pub(crate) fn lines(
    field: &'static str,
    text: String,
    chars_max: usize,
) -> Result<String, ActionError> {
    let is_allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    if text.chars().count() <= chars_max && text.chars().all(is_allowed) {
        return Ok(text);
    }
    let expected = format!(
        "a text of at most {chars_max} characters, without control characters but line ends"
    );
    Err(ActionError::invalid(field, text, expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_neither_too_short_nor_too_long_nor_of_control_characters() {
        assert_eq!(line("name", " Asha ", 1..=4).unwrap(), "Asha");
        for bad in ["", "  ", "12345", "a\nb", "a\n", "a\0b"] {
            let error = line("name", bad, 1..=4).unwrap_err();
            let start = "name must be a line of 1 to 4 characters, not ";
            assert!(error.to_string().starts_with(start), "{error}");
        }
    }

    #[test]
    fn a_text_has_lines_but_no_other_control_characters() {
        let lines = |text: &str| lines("description", text.to_owned(), 20);
        assert!(lines("Two\nlines\t, a tab\r\n").is_ok());
        assert!(lines("a\0b").is_err());
        assert!(lines(&"a".repeat(21)).is_err());
        assert!(lines(&"ä".repeat(20)).is_ok());
    }
}
