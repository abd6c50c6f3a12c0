//! A key that signs access tokens.

use std::fmt;

use jsonwebtoken::{DecodingKey, EncodingKey};

/// An Ed25519 key. Its `Debug` text hides it.
#[derive(Clone)]
pub struct SigningKey {
    pub(super) id: String,
    pub(super) signs_from_s: i64,
    pub(super) private: EncodingKey,
    pub(super) public: DecodingKey,
}

impl SigningKey {
    /// The key of a seed of 32 random bytes. Tokens name it by its id, and it signs from this time
    /// on, in seconds of Unix time. Until then it verifies tokens of other nodes that sign with it.
    pub fn new(id: impl Into<String>, seed: &[u8; 32], signs_from_s: i64) -> SigningKey {
        let public = ed25519_dalek::SigningKey::from_bytes(seed).verifying_key();
        SigningKey {
            id: id.into(),
            signs_from_s,
            private: EncodingKey::from_ed_der(seed),
            public: DecodingKey::from_ed_der(public.as_bytes()),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("signs_from_s", &self.signs_from_s)
            .finish_non_exhaustive()
    }
}
