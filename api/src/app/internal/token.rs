//! The secret that a caller of an internal route must send.

use std::fmt;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use uuid::Uuid;

/// A random token that lasts as long as the node runs. Its `Debug` text hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new token of 244 random bits.
    pub fn random() -> Token {
        let half = || Uuid::new_v4().simple();
        Token(format!("{}{}", half(), half()))
    }

    /// The token as text, for a file that only the node's user can read.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request sends this token in `Authorization: Bearer`.
    pub(super) fn authorizes(&self, headers: &HeaderMap) -> bool {
        let header = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        header
            .and_then(|value| value.strip_prefix("Bearer "))
            .is_some_and(|sent| self.equals(sent))
    }

    /// Takes the same time wherever the two differ, so that timing reveals nothing.
    fn equals(&self, sent: &str) -> bool {
        let pairs = self.0.bytes().zip(sent.bytes());
        let difference = pairs.fold(0, |all, (ours, theirs)| all | (ours ^ theirs));
        self.0.len() == sent.len() && difference == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn authorization(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::try_from(value).unwrap())])
    }

    #[test]
    fn only_the_whole_token_authorizes() {
        let (token, other) = (Token::random(), Token::random());
        let bearer = |text: &str| authorization(&format!("Bearer {text}"));
        assert!(token.authorizes(&bearer(token.as_str())));
        assert!(!token.authorizes(&HeaderMap::new()));
        assert!(!token.authorizes(&authorization(token.as_str())));
        assert!(!token.authorizes(&bearer("")));
        assert!(!token.authorizes(&bearer(&token.as_str()[1..])));
        assert!(!token.authorizes(&bearer(other.as_str())));
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
