//! The headers of a request that writes: `If-Match`, and `Idempotency-Key`.

use axum::extract::Request;
use axum::http::header::{HeaderName, IF_MATCH};
use axum::http::{HeaderMap, HeaderValue};
use roost_market::{ActionError, Actor, IdempotencyKey, IfVersion};
use sha2::{Digest, Sha256};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use crate::http::error::ApiError;

/// The request header under whose value the response is stored.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

const KEY_CHARS_MAX: usize = 255;

/// Printable ASCII characters. HTTP removes the spaces around a value.
const KEY_PATTERN: &str = "^[!-~]([ -~]*[!-~])?$";

/// `*`, or entity tags with commas between them.
const IF_MATCH_PATTERN: &str = r#"^(\*|(W/)?"[!#-+\--~]*"( *, *(W/)?"[!#-+\--~]*")*)$"#;

/// What the head of a request says of its write.
#[derive(Debug)]
pub(crate) struct Conditions {
    /// The versions that the caller accepts.
    pub(crate) if_version: IfVersion,
    /// The key of the request, if it has one.
    key: Option<String>,
    /// Method, path, query and conditions, which a repeated request has as well.
    head: String,
}

impl Conditions {
    /// Reads the head of a request.
    pub(crate) fn read(request: &Request) -> Result<Conditions, ApiError> {
        let headers = request.headers();
        let if_version = if_version(headers)?;
        let (method, uri) = (request.method(), request.uri());
        let path = uri
            .path_and_query()
            .map_or(uri.path(), |path| path.as_str());
        Ok(Conditions {
            head: format!("{method} {path}\n{if_version:?}\n"),
            if_version,
            key: key(headers)?,
        })
    }

    /// The key of the request, if it has one.
    pub(super) fn idempotency_key(&self, caller: String, body: &[u8]) -> Option<IdempotencyKey> {
        let key = self.key.clone()?;
        let request = Sha256::new().chain_update(&self.head).chain_update(body);
        Some(IdempotencyKey {
            caller,
            key,
            request_hash: request.finalize().into(),
        })
    }
}

/// The caller of a signed-in actor. Keys of different callers never meet.
pub(super) fn caller(actor: &Actor) -> Result<String, ActionError> {
    match actor {
        Actor::User(user) => Ok(format!("user:{}", user.id)),
        Actor::Key(key) => Ok(format!("key:{}", key.id)),
        Actor::Anonymous | Actor::System => Err(ActionError::sign_in_required()),
    }
}

/// The values that a header accepts, for the OpenAPI document; `None` for a header that is not read
/// here.
pub(crate) fn schema_of_header(name: &str) -> Option<Schema> {
    let text = ObjectBuilder::new().schema_type(Type::String);
    if name.eq_ignore_ascii_case(IDEMPOTENCY_KEY.as_str()) {
        let text = text.min_length(Some(1)).max_length(Some(KEY_CHARS_MAX));
        Some(text.pattern(Some(KEY_PATTERN)).into())
    } else if name.eq_ignore_ascii_case(IF_MATCH.as_str()) {
        Some(text.pattern(Some(IF_MATCH_PATTERN)).into())
    } else {
        None
    }
}

/// The entity tag of a version.
pub(crate) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = only(headers, &IDEMPOTENCY_KEY)? else {
        return Ok(None);
    };
    let is_key = |key: &&str| (1..=KEY_CHARS_MAX).contains(&key.len());
    match value.to_str().ok().filter(is_key) {
        Some(key) => Ok(Some(key.to_owned())),
        None => {
            let sent = String::from_utf8_lossy(value.as_bytes());
            let expected = "1 to 255 printable ASCII characters, such as a random UUID";
            Err(ApiError::parameter(
                IDEMPOTENCY_KEY.as_str(),
                &sent,
                expected,
            ))
        }
    }
}

/// The one value of a header.
fn only<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'h HeaderValue>, ApiError> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    match values.next() {
        None => Ok(first),
        Some(second) => {
            let second = String::from_utf8_lossy(second.as_bytes());
            Err(ApiError::parameter(name.as_str(), &second, "sent once"))
        }
    }
}

/// Any version without the header or with `*`, and otherwise those of its entity tags. A weak tag
/// matches none (RFC 9110, section 13.1.1), and neither does one that is not a version.
fn if_version(headers: &HeaderMap) -> Result<IfVersion, ApiError> {
    let mut accepted = Vec::new();
    let mut is_present = false;
    for value in headers.get_all(IF_MATCH) {
        is_present = true;
        let text = String::from_utf8_lossy(value.as_bytes());
        if text.trim() == "*" {
            return Ok(IfVersion::Any);
        }
        for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            let strong = tag.strip_prefix("W/").unwrap_or(tag);
            let opaque = strong
                .strip_prefix('"')
                .and_then(|tag| tag.strip_suffix('"'));
            let Some(opaque) = opaque.filter(|_| strong.len() > 1) else {
                let expected = "* or the ETag of an answer, such as \"3\" with its quotes";
                return Err(ApiError::parameter("if-match", tag, expected));
            };
            accepted.extend(opaque.parse::<i64>().ok().filter(|_| strong == tag));
        }
    }
    Ok(match is_present {
        true => IfVersion::OneOf(accepted),
        false => IfVersion::Any,
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn read(headers: &[(&str, &str)]) -> Result<Conditions, String> {
        let mut request = Request::post("/api/v1/rooms");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        Conditions::read(&request).map_err(|error| error.to_string())
    }

    #[test]
    fn if_match_names_versions_and_a_weak_or_foreign_tag_matches_none() {
        for (value, expected) in [
            ("*", IfVersion::Any),
            ("\"3\"", IfVersion::OneOf(vec![3])),
            ("\"3\", \"4\"", IfVersion::OneOf(vec![3, 4])),
            ("W/\"3\"", IfVersion::OneOf(vec![])),
            ("\"abc\"", IfVersion::OneOf(vec![])),
        ] {
            let conditions = read(&[("if-match", value)]).unwrap();
            assert_eq!(conditions.if_version, expected, "{value}");
        }
        assert_eq!(read(&[]).unwrap().if_version, IfVersion::Any);
        assert_eq!(etag(3), "\"3\"");
        for bad in ["3", "\"", "W/3", "\"3"] {
            let error = read(&[("if-match", bad)]).unwrap_err();
            assert!(
                error.starts_with("if-match must be * or the ETag"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_key_has_a_length_and_is_sent_once() {
        let key = "5f0c8a6e-8a34-4b1e-9f0e-0f8e7d6c5b4a";
        let conditions = read(&[("idempotency-key", key)]).unwrap();
        assert_eq!(conditions.key.as_deref(), Some(key));
        for bad in ["", &"k".repeat(256), "schlüssel"] {
            let error = read(&[("idempotency-key", bad)]).unwrap_err();
            assert!(
                error.starts_with("idempotency-key must be 1 to 255"),
                "{error}"
            );
        }
        let twice = read(&[("idempotency-key", "a"), ("idempotency-key", "b")]);
        assert!(twice.is_err());
    }
}
