//! The key with which a node under test signs access tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use crate::harness::Roost;

/// A key for access tokens with its id.
pub(crate) struct TokenKey {
    pub(super) id: String,
    pub(super) private: SigningKey,
}

impl TokenKey {
    /// The key of a node, from its file of keys.
    pub(crate) fn of(node: &Roost) -> Self {
        let file = std::fs::read(node.data_dir.join("token_keys.json")).unwrap();
        let keys: Value = serde_json::from_slice(&file).unwrap();
        let key = &keys["keys"][0];
        let digits = key["seed"].as_str().unwrap().as_bytes();
        let bytes = digits.chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair).unwrap();
            u8::from_str_radix(pair, 16).unwrap()
        });
        let seed: Vec<u8> = bytes.collect();
        Self {
            id: key["id"].as_str().unwrap().to_owned(),
            private: SigningKey::from_bytes(&seed.try_into().unwrap()),
        }
    }

    /// A token with this header and these claims, signed with this key.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = self.private.sign(signed.as_bytes()).to_bytes();
        format!("{signed}.{}", BASE64.encode(signature))
    }

    /// A token with other times, signed with this key.
    pub(crate) fn sign_again(&self, token: &str, issued_at_s: u64, expires_at_s: u64) -> String {
        let (header, mut claims) = parts(token);
        claims["iat"] = json!(issued_at_s);
        claims["exp"] = json!(expires_at_s);
        self.sign(&header, &claims)
    }
}

/// The header and the claims of a token.
pub(super) fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let json = BASE64.decode(part).unwrap();
        serde_json::from_slice(&json).unwrap()
    });
    (parts.next().unwrap(), parts.next().unwrap())
}

/// Header and claims without a signature.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    let [header, claims] = [header, claims].map(|part| BASE64.encode(part.to_string()));
    format!("{header}.{claims}")
}
