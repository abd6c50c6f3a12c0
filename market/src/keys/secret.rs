//! The secrets of keys: `roost_live_`, ten characters by which people recognize the key, and 256
//! random bits.

use rand::RngExt;

use crate::accounts::{self, Secret};

/// The start of every secret, by which scanners recognize a leaked one.
pub const SECRET_PREFIX: &str = "roost_live_";

/// Characters that people do not confuse.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

const READABLE_CHARS: usize = 10;

/// The hash of a secret, under which it is stored.
pub fn secret_hash(secret: &str) -> [u8; 32] {
    accounts::hash(secret)
}

/// A new readable prefix of the secrets of one key.
pub(super) fn random_prefix() -> String {
    let mut random = rand::rng();
    let readable = (0..READABLE_CHARS).map(|_| {
        let at = random.random_range(0..ALPHABET.len());
        char::from(ALPHABET[at])
    });
    SECRET_PREFIX.chars().chain(readable).collect()
}

/// A new secret of the key with a prefix.
pub(super) fn random_secret(prefix: &str) -> Secret {
    Secret::random_after(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_its_key_and_differs_from_every_other() {
        let prefix = random_prefix();
        assert_eq!(prefix.len(), SECRET_PREFIX.len() + READABLE_CHARS);
        assert_ne!(prefix, random_prefix());
        let (a, b) = (random_secret(&prefix), random_secret(&prefix));
        assert!(a.expose().starts_with(&format!("{prefix}_")));
        assert_eq!(a.expose().len(), prefix.len() + 1 + 43);
        assert_ne!(secret_hash(a.expose()), secret_hash(b.expose()));
        assert_eq!(format!("{a:?}"), "Secret(..)");
    }
}
