//! The texts of mail.

use std::fmt;

/// A mail without its addresses. Its `Debug` text hides the body, which may contain a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The subject.
    pub subject: &'static str,
    /// The body, plain text.
    pub body: String,
}

impl Message {
    /// Confirms an address with a token.
    pub(crate) fn confirm(token: &str) -> Self {
        Self {
            subject: "Confirm your e-mail address",
            body: format!(
                "This e-mail address was entered at Roost. To confirm that it is yours, use this \
                 code within 24 hours:\n\n{token}\n\nIf you did not enter it, ignore this mail. \
                 Without the code nothing happens.\n"
            ),
        }
    }

    /// Answers a registration, or a change of address, to an address that has an account.
    pub(crate) fn already_registered() -> Self {
        Self {
            subject: "You have an account already",
            body: "This e-mail address was entered at Roost, but it has an account already. Sign in \
                   with it, or request a new password if you have forgotten yours.\n\nIf you did not \
                   enter the address, ignore this mail. Nothing has changed.\n"
                .to_owned(),
        }
    }

    /// Invites an official or admin with a token.
    pub(crate) fn invitation(token: &str) -> Self {
        Self {
            subject: "You are invited to Roost",
            body: format!(
                "An admin has invited you to an account at Roost. To accept, choose a name and a \
                 password with this code within 7 days:\n\n{token}\n\nIf you do not expect an \
                 invitation, ignore this mail. Without the code nothing happens.\n"
            ),
        }
    }

    /// Sets a new password with a token.
    pub(crate) fn password_reset(token: &str) -> Self {
        Self {
            subject: "Set a new password",
            body: format!(
                "A new password was requested for your account at Roost. To set it, use this code \
                 within one hour:\n\n{token}\n\nIf you did not request it, ignore this mail. Your \
                 password stays as it is.\n"
            ),
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
