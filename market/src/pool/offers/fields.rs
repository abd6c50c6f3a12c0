//! The fields of an offer, with the values that each accepts.

use crate::action::error::ActionError;
use crate::fields::time::{Time, parse_rfc3339};

/// What a price is.
pub const PRICE_EXPECTED: &str =
    "a whole number from 1 to 1000000000000, the price for one night in the minor unit";

/// The largest price of a night.
pub const PRICE_MINOR_MAX: i64 = 1_000_000_000_000;

/// What a message is.
pub const MESSAGE_EXPECTED: &str =
    "a text of at most 2000 characters, without control characters but line ends";

/// The maximum length of a message in characters.
pub const MESSAGE_CHARS_MAX: usize = 2_000;

/// What the end of an offer is.
pub const VALID_UNTIL_EXPECTED: &str =
    "a time in the format of RFC 3339, from now to 30 days from now";

/// The maximum length of a reason in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// Checks a price.
pub(super) fn price(price_minor: i64) -> Result<i64, ActionError> {
    if (1..=PRICE_MINOR_MAX).contains(&price_minor) {
        return Ok(price_minor);
    }
    Err(ActionError::invalid(
        "price_minor",
        price_minor,
        PRICE_EXPECTED,
    ))
}

/// Checks a message, which may have several lines.
pub(super) fn message(text: String) -> Result<String, ActionError> {
    let is_allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    if text.chars().count() <= MESSAGE_CHARS_MAX && text.chars().all(is_allowed) {
        return Ok(text);
    }
    Err(ActionError::invalid("message", text, MESSAGE_EXPECTED))
}

/// Reads the end of an offer. Whether it is in time is checked against the clock of the database.
pub(super) fn valid_until(text: &str) -> Result<Time, ActionError> {
    let time = parse_rfc3339(text);
    time.ok_or_else(|| ActionError::invalid("valid_until", text, VALID_UNTIL_EXPECTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_messages_and_ends_out_of_range_are_rejected_by_name() {
        assert!(price(1).is_ok() && price(PRICE_MINOR_MAX).is_ok());
        for bad in [0, -1, PRICE_MINOR_MAX + 1, i64::MIN] {
            let error = price(bad).unwrap_err().to_string();
            assert!(
                error.starts_with("price_minor must be a whole number"),
                "{error}"
            );
        }
        assert!(message("Two\nlines".to_owned()).is_ok());
        assert!(message("a\0".to_owned()).is_err());
        assert!(message("ä".repeat(2_001)).is_err());
        assert!(valid_until("2026-12-02T09:30:00Z").is_ok());
        assert!(valid_until("tomorrow").is_err());
    }
}
