//! E-mail addresses.

use std::fmt;

use lettre::Address;

use crate::action::error::ActionError;

/// What the table `users` accepts.
const CHARS_MAX: usize = 254;

const EXPECTED: &str = "an e-mail address such as asha@example.com";

/// An address to which mail can be sent. Addresses that differ in case alone are the same account.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(Address);

impl Email {
    /// Checks an address.
    ///
    /// # Errors
    ///
    /// `Invalid` with the field and the text.
    pub fn new(field: &'static str, text: &str) -> Result<Self, ActionError> {
        let invalid = || ActionError::invalid(field, text, EXPECTED);
        let text = text.trim();
        // A quoted local part may contain spaces, which the table does not accept.
        let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        if !is_plain || text.chars().count() > CHARS_MAX {
            return Err(invalid());
        }
        text.parse().map(Self).map_err(|_| invalid())
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// The text by which an account is found and limited.
    pub fn key(&self) -> String {
        self.as_str().to_lowercase()
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_line_with_a_user_and_a_domain() {
        for good in [
            "asha@example.com",
            " Asha.B+x@EXAMPLE.co.in ",
            "ü@example.com",
        ] {
            assert!(Email::new("email", good).is_ok(), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(250));
        for bad in [
            "",
            "asha",
            "asha@",
            "@example.com",
            "a@b@example.com",
            "a b@example.com",
            "\"a b\"@example.com",
            "a@example.com\r\nBcc: b@example.com",
            "a\0@example.com",
            &long,
        ] {
            let error = Email::new("email", bad).unwrap_err();
            assert!(error.to_string().contains(EXPECTED), "{error}");
        }
    }
}
