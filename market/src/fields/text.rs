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
}
