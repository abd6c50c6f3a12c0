//! Secret tokens, of which the database keeps a hash.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A random token of 256 bits. Its `Debug` text hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new token.
    pub(in crate::accounts) fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// A new token of the same strength that starts with a readable text and `_`.
    pub(crate) fn random_after(prefix: &str) -> Self {
        let Self(random) = Self::random();
        Self(format!("{prefix}_{random}"))
    }

    /// The token itself, for the caller that it is issued to.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The hash under which a token is stored. A token has 256 random bits, so a slow hash would add
/// nothing.
pub(crate) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_hide_themselves() {
        let (a, b) = (Secret::random(), Secret::random());
        assert_ne!(a, b);
        assert_ne!(hash(a.expose()), hash(b.expose()));
        assert_eq!(a.expose().len(), 43);
        assert_eq!(format!("{a:?}"), "Secret(..)");
    }
}
