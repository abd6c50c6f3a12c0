//! Access tokens: signed statements of who has signed in, valid for minutes.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use roost_market::ActionError;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use super::ed25519;
use super::signing_key::SigningKey;

/// How long a token is valid, in seconds.
const VALID_S: i64 = 15 * 60;

const ISSUER: &str = "roost";

/// Issues and verifies access tokens. The keys change while the node runs.
#[derive(Clone, Debug)]
pub struct AccessTokens(watch::Receiver<Arc<[SigningKey]>>);

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    /// The user.
    pub(crate) sub: Uuid,
    /// The session.
    pub(crate) sid: Uuid,
    /// When it was issued and when it expires, in seconds of Unix time.
    iat: i64,
    pub(crate) exp: i64,
}

/// A token with its remaining time.
pub(crate) struct AccessToken {
    pub(crate) text: String,
    pub(crate) expires_in_s: i64,
}

impl AccessTokens {
    /// Signs with the newest of the keys that may sign already, and accepts tokens of all of them.
    pub fn new(keys: watch::Receiver<Arc<[SigningKey]>>) -> AccessTokens {
        ed25519::install();
        AccessTokens(keys)
    }

    /// A token for a session, at this time in seconds of Unix time.
    pub(crate) fn issue(
        &self,
        user: Uuid,
        session: Uuid,
        now_s: i64,
    ) -> Result<AccessToken, ActionError> {
        let keys = Arc::clone(&self.0.borrow());
        let key = keys
            .iter()
            .filter(|key| key.signs_from_s <= now_s)
            .max_by_key(|key| key.signs_from_s)
            .ok_or_else(|| ActionError::internal("no key may sign access tokens"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.id.clone());
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: user,
            sid: session,
            iat: now_s,
            exp: now_s + VALID_S,
        };
        Ok(AccessToken {
            text: encode(&header, &claims, &key.private).map_err(ActionError::internal)?,
            expires_in_s: VALID_S,
        })
    }

    /// What a valid token says. The error is the same for every other one.
    pub(crate) fn verify(&self, token: &str) -> Result<Claims, ActionError> {
        let invalid = "the access token is invalid or has expired; sign in or refresh it";
        self.claims(token)
            .ok_or(ActionError::Unauthenticated(invalid.into()))
    }

    fn claims(&self, token: &str) -> Option<Claims> {
        let header = decode_header(token).ok()?;
        let keys = Arc::clone(&self.0.borrow());
        // A key id is compared and nothing else: it is no path, no URL and no query.
        let key = keys
            .iter()
            .find(|key| header.kid.as_ref() == Some(&key.id))?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = 0;
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        let decoded = decode(token, &key.public, &validation).ok()?;
        Some(decoded.claims)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    use super::*;
    use crate::app::clock::now_s;

    const USER: Uuid = Uuid::from_u128(1);
    const SESSION: Uuid = Uuid::from_u128(2);

    fn tokens(keys: &[SigningKey]) -> AccessTokens {
        AccessTokens::new(watch::channel(keys.into()).1)
    }

    fn key(id: &str, seed: u8, signs_from_s: i64) -> SigningKey {
        SigningKey::new(id, &[seed; 32], signs_from_s)
    }

    fn issue(tokens: &AccessTokens, now_s: i64) -> String {
        tokens.issue(USER, SESSION, now_s).unwrap().text
    }

    /// The same token with another header or other claims, and its signature.
    fn with_part(token: &str, part: usize, json: &str) -> String {
        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        parts[part] = BASE64.encode(json);
        parts.join(".")
    }

    fn part(token: &str, part: usize) -> String {
        let encoded = token.split('.').nth(part).unwrap();
        String::from_utf8(BASE64.decode(encoded).unwrap()).unwrap()
    }

    #[test]
    fn an_issued_token_is_valid_until_it_expires() {
        let tokens = tokens(&[key("a", 1, 0)]);
        let claims = tokens.verify(&issue(&tokens, now_s())).unwrap();
        assert_eq!((claims.sub, claims.sid), (USER, SESSION));
        assert_eq!(claims.exp - claims.iat, 900);
        assert!(tokens.verify(&issue(&tokens, now_s() - 899)).is_ok());
        assert!(tokens.verify(&issue(&tokens, now_s() - 901)).is_err());
    }

    #[test]
    fn the_newest_key_whose_time_has_come_signs_and_the_others_verify() {
        let (old, new) = (key("old", 1, 0), key("new", 2, 1_000));
        let both = tokens(&[old.clone(), new.clone()]);
        assert!(part(&issue(&both, 999), 0).contains("\"kid\":\"old\""));
        assert!(part(&issue(&both, 1_000), 0).contains("\"kid\":\"new\""));
        let [by_old, by_new] = [old, new].map(|key| issue(&tokens(&[key]), now_s()));
        assert!(both.verify(&by_old).is_ok());
        assert!(both.verify(&by_new).is_ok());
        assert!(
            tokens(&[key("future", 1, i64::MAX)])
                .issue(USER, SESSION, 0)
                .is_err()
        );
    }

    #[test]
    fn a_token_of_another_key_is_rejected_even_under_a_known_id() {
        let ours = tokens(&[key("a", 1, 0)]);
        for foreign in [key("a", 2, 0), key("b", 1, 0), key("", 1, 0)] {
            assert!(ours.verify(&issue(&tokens(&[foreign]), now_s())).is_err());
        }
    }

    #[test]
    fn a_token_whose_header_or_claims_were_changed_is_rejected() {
        let tokens = tokens(&[key("a", 1, 0)]);
        let token = issue(&tokens, now_s());
        for header in [
            r#"{"alg":"none","kid":"a"}"#,
            r#"{"alg":"None","kid":"a"}"#,
            r#"{"alg":"HS256","kid":"a"}"#,
            r#"{"alg":"ES256","kid":"a"}"#,
            r#"{"alg":"EdDSA"}"#,
            r#"{"alg":"EdDSA","kid":null}"#,
            r#"{"alg":"EdDSA","kid":["a"]}"#,
            r#"{"alg":"EdDSA","kid":"../../dev/null"}"#,
            r#"{"alg":"EdDSA","kid":"a' OR '1'='1"}"#,
            r#"{"alg":"EdDSA","kid":"b","jku":"http://127.0.0.1/keys"}"#,
            r#"{"alg":"EdDSA","kid":"a","crit":["exp"]}"#,
            "",
        ] {
            let forged = with_part(&token, 0, header);
            assert!(tokens.verify(&forged).is_err(), "{header}");
            let unsigned = forged.rsplit_once('.').unwrap().0;
            assert!(tokens.verify(&format!("{unsigned}.")).is_err(), "{header}");
            assert!(tokens.verify(unsigned).is_err(), "{header}");
        }
        let claims = part(&token, 1);
        let other = claims.replace(&USER.to_string(), &Uuid::from_u128(9).to_string());
        assert_ne!(other, claims);
        assert!(tokens.verify(&with_part(&token, 1, &other)).is_err());
        for garbage in ["", ".", "..", "a.b.c", &"a".repeat(10_000)] {
            assert!(tokens.verify(garbage).is_err(), "{garbage}");
        }
    }

    #[test]
    fn a_public_key_is_no_shared_secret() {
        // The attack signs with HMAC and the public key, which the verifier also has.
        let key = key("a", 1, 0);
        let token = issue(&tokens(std::slice::from_ref(&key)), now_s());
        let header = r#"{"alg":"HS256","typ":"JWT","kid":"a"}"#;
        let forged = with_part(&token, 0, header);
        let result = decode::<Claims>(&forged, &key.public, &Validation::new(Algorithm::HS256));
        assert!(result.is_err());
    }

    #[test]
    fn a_token_without_expiry_or_of_another_issuer_is_rejected_though_it_is_signed() {
        #[derive(Serialize)]
        struct Other {
            iss: &'static str,
            sub: Uuid,
            sid: Uuid,
            iat: i64,
            #[serde(skip_serializing_if = "Option::is_none")]
            exp: Option<i64>,
        }
        let key = key("a", 1, 0);
        let tokens = tokens(std::slice::from_ref(&key));
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some("a".to_owned());
        for (iss, exp, is_valid) in [
            ("roost", Some(now_s() + 60), true),
            ("roost", None, false),
            ("other", Some(now_s() + 60), false),
        ] {
            let claims = Other {
                iss,
                sub: USER,
                sid: SESSION,
                iat: now_s(),
                exp,
            };
            let token = encode(&header, &claims, &key.private).unwrap();
            assert_eq!(tokens.verify(&token).is_ok(), is_valid, "{iss} {exp:?}");
        }
    }
}
