//! The fields of a payment, with the values that each accepts.

use crate::action::error::ActionError;

/// What an amount is.
pub const AMOUNT_EXPECTED: &str = "a whole number of the minor unit of the currency, above 0";

/// What a reference is.
pub const REFERENCE_EXPECTED: &str =
    "1 to 100 printable ASCII characters without spaces around them, such as a random UUID";

/// The maximum length of a reference in characters.
pub const REFERENCE_CHARS_MAX: usize = 100;

/// Printable ASCII characters without spaces around them.
pub const REFERENCE_PATTERN: &str = "^[!-~]([ -~]*[!-~])?$";

/// What the token of a payment provider is.
pub const PROVIDER_TOKEN_EXPECTED: &str =
    "the token of the payment provider, 1 to 200 printable ASCII characters";

/// The maximum length of a token in characters.
pub const PROVIDER_TOKEN_CHARS_MAX: usize = 200;

/// Checks the reference that a caller chooses.
pub(super) fn reference(text: &str) -> Result<(), ActionError> {
    if is_printable(text, REFERENCE_CHARS_MAX) && text.trim() == text {
        return Ok(());
    }
    Err(ActionError::invalid("reference", text, REFERENCE_EXPECTED))
}

/// Checks the token of a payment provider, which no error repeats.
pub(super) fn provider_token(text: Option<&str>) -> Result<&str, ActionError> {
    let token = text.filter(|text| is_printable(text, PROVIDER_TOKEN_CHARS_MAX));
    token.ok_or_else(|| ActionError::invalid_secret("provider_token", PROVIDER_TOKEN_EXPECTED))
}

fn is_printable(text: &str, chars_max: usize) -> bool {
    (1..=chars_max).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_tokens_are_printable_and_a_token_is_not_repeated() {
        assert!(reference("receipt 17").is_ok());
        for bad in ["", " a", "a\n", "ä", &"a".repeat(101)] {
            assert!(reference(bad).is_err(), "{bad}");
        }
        assert_eq!(provider_token(Some("tok_1")).unwrap(), "tok_1");
        let error = provider_token(Some("geheim ä")).unwrap_err().to_string();
        assert!(!error.contains("geheim"), "{error}");
        assert!(provider_token(None).is_err());
    }
}
