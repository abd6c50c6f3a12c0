//! Where did the last page end?
//!
//! A cursor holds the last hit's rank value and key, the words that hits need not hold, the moment at
//! which the first page was judged, so that landlords do not grow older between pages, and a
//! fingerprint of the query, so that it cannot continue another one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use roost_engine::{Count, Key, Query, SearchAfter};

use crate::error::{ApiError, Code};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cursor {
    pub(crate) after: SearchAfter,
    pub(crate) now_s: i64,
    fingerprint: u64,
}

/// A cursor of an older or newer service may mean something else.
const VERSION: u8 = 2;

impl Cursor {
    pub(crate) fn new(after: SearchAfter, query: &Query) -> Cursor {
        Cursor {
            after,
            now_s: query.now_s,
            fingerprint: fingerprint(query),
        }
    }

    /// Opaque to callers, and safe in a URL.
    pub(crate) fn encode(&self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(self.fingerprint.to_be_bytes());
        bytes.extend(self.now_s.to_be_bytes());
        bytes.extend(self.after.rank_value.to_bits().to_be_bytes());
        bytes.extend(self.after.optional_words.to_be_bytes());
        bytes.extend(self.after.key.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn decode(text: &str) -> Result<Cursor, ApiError> {
        parse(text).ok_or_else(|| {
            ApiError::parameter("cursor", text, "a meta.next_cursor as an answer gave it")
                .with_code(Code::InvalidCursor)
        })
    }

    /// Refuses to continue a query that it was not made by.
    pub(crate) fn check(&self, query: &Query) -> Result<(), ApiError> {
        if self.fingerprint == fingerprint(query) {
            return Ok(());
        }
        let expected = "of this very query: place, words, filters, profile and sort unchanged";
        let error = ApiError::parameter("cursor", &self.encode(), expected);
        Err(error
            .with_code(Code::InvalidCursor)
            .hint("leave it out to begin anew"))
    }
}

fn parse(text: &str) -> Option<Cursor> {
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
        fingerprint: u64::from_be_bytes(*fingerprint),
    };
    (!rank_value.is_nan()).then_some(cursor)
}

/// Of all that decides which documents match and in which order, as FNV-1a over its debug text:
/// a field that joins [`Query`] later takes part by itself.
fn fingerprint(query: &Query) -> u64 {
    let asked = Query {
        after: None,
        offset: 0,
        limit: 0,
        count: Count::None,
        facets: Vec::new(),
        explain: false,
        highlight: Vec::new(),
        now_s: 0,
        deadline: None,
        plan: None,
        ..query.clone()
    };
    let text = format!("{asked:?}");
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_engine::{PlanName, Profile, Sort, TextField, Words};
    use std::time::Instant;

    fn query() -> Query {
        Query {
            text: Some(Words::new("quiet garden").unwrap()),
            ..Query::all(Profile::room(), 1_700_000_000)
        }
    }

    fn cursor() -> Cursor {
        let after = SearchAfter {
            rank_value: 61.803_398_874_989_48,
            key: Key::from_u128(0xFEED),
            optional_words: 5,
        };
        Cursor::new(after, &query())
    }

    #[test]
    fn a_cursor_reads_back_to_the_last_bit() {
        let text = cursor().encode();
        assert_eq!(Cursor::decode(&text).unwrap(), cursor());
        assert!(
            text.chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        );
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
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
            assert!(Cursor::decode(bad).is_err(), "{bad}");
        }
        let no_number = Cursor {
            after: SearchAfter {
                rank_value: f64::NAN,
                key: Key::nil(),
                optional_words: 5,
            },
            ..cursor()
        };
        assert!(Cursor::decode(&no_number.encode()).is_err());
    }

    #[test]
    fn a_cursor_goes_with_its_query_whatever_the_page_size() {
        let more = Query {
            limit: 50,
            explain: true,
            highlight: TextField::ALL.to_vec(),
            count: Count::None,
            now_s: 1_800_000_000,
            deadline: Some(Instant::now()),
            plan: Some(PlanName::Scan),
            ..query()
        };
        assert!(cursor().check(&more).is_ok());
        let others = [
            Query {
                sort: Sort::Price,
                ..query()
            },
            Query {
                text: None,
                ..query()
            },
            Query {
                budget: Some(900.0),
                ..query()
            },
            Query::all(Profile::landlord(), 1_700_000_000),
        ];
        for other in others {
            assert!(cursor().check(&other).is_err());
        }
    }
}
