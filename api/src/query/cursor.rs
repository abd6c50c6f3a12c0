//! Cursors: where a page ended, and which query it belongs to.
//!
//! A cursor contains the rank value and key of the last hit, the optional terms, the time at which
//! the first page was scored, so that landlords' activity does not age between pages, and a
//! fingerprint of the query, so that it cannot continue another query.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use roost_engine::{Key, SearchAfter};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::http::error::{ApiError, Code};
use crate::params::kind::{Kind, Shape};
use crate::params::values::Params;

/// Where a page ended, and which query it belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cursor {
    pub(crate) after: SearchAfter,
    pub(crate) now_s: i64,
    fingerprint: Fingerprint,
}

/// The hash of all that decides which documents match a query, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(pub(crate) u64);

/// The kind of the parameter `cursor`.
#[derive(Clone, Copy)]
pub(crate) struct CursorText;

/// Changes with the layout of the cursor or of the fingerprint's encoding, so that nodes of another
/// release reject the cursor.
const VERSION: u8 = 3;

impl Cursor {
    pub(crate) fn new(after: SearchAfter, now_s: i64, fingerprint: Fingerprint) -> Cursor {
        Cursor {
            after,
            now_s,
            fingerprint,
        }
    }

    /// Encodes the cursor as opaque text that is safe in a URL.
    pub(crate) fn encode(&self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(self.fingerprint.0.to_be_bytes());
        bytes.extend(self.now_s.to_be_bytes());
        bytes.extend(self.after.rank_value.to_bits().to_be_bytes());
        bytes.extend(self.after.optional_words.to_be_bytes());
        bytes.extend(self.after.key.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Rejects a query other than the one that the cursor belongs to.
    pub(crate) fn check(&self, fingerprint: Fingerprint) -> Result<(), ApiError> {
        if self.fingerprint == fingerprint {
            return Ok(());
        }
        let expected = "of this very query: place, words, filters, profile and sort unchanged";
        let error = ApiError::parameter("cursor", &self.encode(), expected);
        Err(error
            .with_code(Code::InvalidCursor)
            .with_hint("leave it out to start from the first page"))
    }
}

impl Kind for CursorText {
    type Output = Option<Cursor>;

    fn read(&self, name: &'static str, params: &Params) -> Result<Option<Cursor>, ApiError> {
        let Some(text) = params.text(name)? else {
            return Ok(None);
        };
        decode(text).map(Some).ok_or_else(|| {
            ApiError::parameter(name, text, self.expected()).with_code(Code::InvalidCursor)
        })
    }

    fn expected(&self) -> String {
        "a meta.next_cursor of an answer".to_owned()
    }

    fn json(&self, text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn shape(&self) -> Shape {
        Shape {
            schema: ObjectBuilder::new().schema_type(Type::String).into(),
            is_required: false,
        }
    }
}

fn decode(text: &str) -> Option<Cursor> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (&VERSION, rest) = bytes.split_first()? else {
        return None;
    };
    let (fingerprint, rest) = rest.split_first_chunk()?;
    let (now_s, rest) = rest.split_first_chunk()?;
    let (rank_value, rest) = rest.split_first_chunk()?;
    let (optional_words, key) = rest.split_first_chunk()?;
    let rank_value = f64::from_bits(u64::from_be_bytes(*rank_value));
    let cursor = Cursor {
        after: SearchAfter {
            rank_value,
            key: Key::from_slice(key).ok()?,
            optional_words: u32::from_be_bytes(*optional_words),
        },
        now_s: i64::from_be_bytes(*now_s),
        fingerprint: Fingerprint(u64::from_be_bytes(*fingerprint)),
    };
    (!rank_value.is_nan()).then_some(cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        let after = SearchAfter {
            rank_value: 61.803_398_874_989_48,
            key: Key::from_u128(0xFEED),
            optional_words: 5,
        };
        Cursor::new(after, 1_700_000_000, Fingerprint(7))
    }

    #[test]
    fn a_cursor_decodes_to_the_same_bits() {
        let text = cursor().encode();
        assert_eq!(decode(&text).unwrap(), cursor());
        assert!(
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        );
    }

    #[test]
    fn other_texts_are_rejected() {
        let text = cursor().encode();
        let cut = &text[..text.len() - 4];
        let other_version = text.replacen('A', "B", 1);
        for bad in [
            "",
            "x",
            "%%%",
            "AAAA",
            cut,
            &other_version,
            &format!("{text}AAAA"),
        ] {
            assert!(decode(bad).is_none(), "{bad}");
        }
        let no_number = Cursor {
            after: SearchAfter {
                rank_value: f64::NAN,
                key: Key::nil(),
                optional_words: 5,
            },
            ..cursor()
        };
        assert!(decode(&no_number.encode()).is_none());
    }

    #[test]
    fn a_cursor_continues_its_own_query_only() {
        assert!(cursor().check(Fingerprint(7)).is_ok());
        assert!(cursor().check(Fingerprint(8)).is_err());
    }
}
