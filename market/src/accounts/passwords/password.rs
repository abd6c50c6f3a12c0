//! Passwords as users enter them.

use std::fmt;
use std::ops::RangeInclusive;

use crate::action::error::ActionError;

/// Long enough to resist guessing at the rate that sign-in allows. The upper bound limits the work
/// of hashing.
const CHARS: RangeInclusive<usize> = 10..=200;

/// A password. Its `Debug` text hides it, and no error repeats it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// A new password, which must be long enough and differ from the address of its account.
    ///
    /// # Errors
    ///
    /// `Invalid` with the field, but without the password.
    pub fn new(field: &'static str, text: String) -> Result<Self, ActionError> {
        let (min, max) = (CHARS.start(), CHARS.end());
        let expected = format!("a password of {min} to {max} characters");
        match CHARS.contains(&text.chars().count()) {
            true => Ok(Self(text)),
            false => Err(ActionError::invalid_secret(field, expected)),
        }
    }

    /// A password that is compared with a stored one. One that is too long is simply wrong.
    pub fn attempt(text: String) -> Self {
        let is_too_long = text.chars().nth(*CHARS.end()).is_some();
        Self(if is_too_long { String::new() } else { text })
    }

    /// A random password of 160 bits, for an operator to pass on.
    pub fn random() -> Self {
        let random: [u8; 20] = rand::random();
        Self(random.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The password itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_of_a_wrong_length_is_rejected_without_being_repeated() {
        for bad in ["too short", &"long".repeat(51)] {
            let error = Password::new("password", bad.to_owned()).unwrap_err();
            assert_eq!(
                error.to_string(),
                "password must be a password of 10 to 200 characters"
            );
        }
        let password = Password::new("password", "ten chars!".to_owned()).unwrap();
        assert_eq!(format!("{password:?}"), "Password(..)");
    }

    #[test]
    fn random_passwords_differ_and_are_accepted() {
        let (a, b) = (Password::random(), Password::random());
        assert_ne!(a.expose(), b.expose());
        assert!(Password::new("password", a.expose().to_owned()).is_ok());
    }
}
