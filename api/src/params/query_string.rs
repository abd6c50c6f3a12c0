//! What does the query string say?
//!
//! Taken apart by hand, because every error has to name the parameter, what was sent and what was
//! expected, and because nothing is to be ignored: a misspelt filter that silently does nothing
//! shows a student the wrong rooms.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::slice;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::{ApiError, Code};

/// The parameters of one request, decoded, in their order.
#[derive(Debug)]
pub(crate) struct Params(Vec<(&'static str, String)>);

impl Params {
    /// Takes a raw query string apart; `known` are the names that the route takes, by group.
    pub(crate) fn parse(raw: Option<&str>, known: &[&[&'static str]]) -> Result<Params, ApiError> {
        let known = known.concat();
        let pairs = raw.unwrap_or_default().split('&');
        let pairs = pairs.filter(|pair| !pair.is_empty());
        let parsed = pairs.map(|pair| {
            let (raw_name, raw_value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(raw_name).unwrap_or_else(|_| raw_name.to_owned());
            let name = find(&name, raw_value, &known)?;
            let value = decode(raw_value)
                .map_err(|expected| ApiError::parameter(name, raw_value, expected))?;
            Ok((name, value))
        });
        Ok(Params(parsed.collect::<Result<_, ApiError>>()?))
    }

    /// The same of a JSON object: numbers, `true` and `false` as they are or as texts, lists as arrays.
    /// Null is as good as left out.
    pub(crate) fn of_object(
        object: &Map<String, Value>,
        known: &[&[&'static str]],
    ) -> Result<Params, ApiError> {
        let known = known.concat();
        let mut params = Vec::new();
        for (name, value) in object {
            let name = find(name, &value.to_string(), &known)?;
            let items = match value {
                Value::Array(items) => items,
                value => slice::from_ref(value),
            };
            for item in items {
                params.extend(scalar(name, item)?.map(|text| (name, text)));
            }
        }
        Ok(Params(params))
    }

    /// The value of a parameter that may be given once.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self.values(name);
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(second) => Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                Code::DuplicateParameter,
                format!("{name} is given more than once"),
            )
            .about(name, second)
            .expected("one value")),
        }
    }

    /// The items of a parameter that may be given as a comma list, repeatedly, or both.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name).flat_map(|value| value.split(','))
    }

    pub(crate) fn number(
        &self,
        name: &str,
        range: RangeInclusive<f64>,
    ) -> Result<Option<f64>, ApiError> {
        let expected = || format!("a number from {} to {}", range.start(), range.end());
        self.parsed(name, expected, |value: &f64| range.contains(value))
    }

    pub(crate) fn whole<T>(
        &self,
        name: &str,
        range: RangeInclusive<T>,
    ) -> Result<Option<T>, ApiError>
    where
        T: FromStr + PartialOrd + Display,
    {
        let expected = || format!("a whole number from {} to {}", range.start(), range.end());
        self.parsed(name, expected, |value: &T| range.contains(value))
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        let value: Option<bool> = self.parsed(name, || "true or false".to_owned(), |_| true)?;
        Ok(value.unwrap_or(false))
    }

    pub(crate) fn id(&self, name: &str) -> Result<Option<Uuid>, ApiError> {
        let value = self.text(name)?;
        value.map(|value| parse_id(name, value)).transpose()
    }

    /// The ids of a list parameter.
    pub(crate) fn ids(&self, name: &str, most: usize) -> Result<Vec<Uuid>, ApiError> {
        let count = self.list(name).count();
        if count > most {
            let expected = format!("a list of at most {most} ids");
            return Err(ApiError::parameter(name, &format!("{count} ids"), expected));
        }
        self.list(name).map(|id| parse_id(name, id)).collect()
    }

    /// What the chosen word stands for.
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, ApiError> {
        let Some(value) = self.text(name)? else {
            return Ok(None);
        };
        match choices.iter().find(|(word, _)| *word == value) {
            Some((_, choice)) => Ok(Some(*choice)),
            None => Err(unknown_word(
                name,
                value,
                choices.iter().map(|(word, _)| *word),
            )),
        }
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let given = self.0.iter().filter(move |(given, _)| *given == name);
        given.map(|(_, value)| value.as_str())
    }

    fn parsed<T: FromStr>(
        &self,
        name: &str,
        expected: impl Fn() -> String,
        fits: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match text.parse().ok().filter(fits) {
            Some(value) => Ok(Some(value)),
            None => Err(ApiError::parameter(name, text, expected())),
        }
    }
}

/// The id in a route's path.
pub(crate) struct PathId(pub(crate) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<PathId, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => parse_id("id", &text).map(PathId),
            Err(_) => {
                // What cannot be decoded cannot be told apart from the rest of the path either.
                let path = parts.uri.path();
                Err(ApiError::parameter(
                    "id",
                    path,
                    "UTF-8 text, percent-encoded",
                ))
            }
        }
    }
}

/// The known parameter of that name.
fn find(name: &str, raw_value: &str, known: &[&'static str]) -> Result<&'static str, ApiError> {
    let found = known.iter().find(|&&known| known == name);
    found
        .copied()
        .ok_or_else(|| unknown_parameter(name, raw_value, known))
}

/// A value of JSON as a query string has it.
fn scalar(name: &str, value: &Value) -> Result<Option<String>, ApiError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(_) | Value::Number(_) => Ok(Some(value.to_string())),
        Value::Array(_) | Value::Object(_) => {
            let expected = "a text, a number, true, false, or an array of those";
            Err(ApiError::parameter(name, &value.to_string(), expected))
        }
    }
}

fn parse_id(name: &str, value: &str) -> Result<Uuid, ApiError> {
    let expected = "an id such as 0199f0c4-7a6e-7c1b-9d53-2f0c4be1a001";
    value
        .parse()
        .map_err(|_| ApiError::parameter(name, value, expected))
}

/// The error for a word that is not among the few that a parameter takes.
pub(crate) fn unknown_word<'a>(
    name: &str,
    value: &str,
    words: impl Iterator<Item = &'a str>,
) -> ApiError {
    let words: Vec<&str> = words.collect();
    let error = ApiError::parameter(name, value, format!("one of {}", words.join(", ")));
    match nearest(value, words.iter().copied()) {
        Some(word) => error.hint(&format!("did you mean {word}?")),
        None => error,
    }
}

fn unknown_parameter(name: &str, raw_value: &str, known: &[&str]) -> ApiError {
    let message = format!("there is no parameter {name:?} here");
    let error = ApiError::new(StatusCode::BAD_REQUEST, Code::UnknownParameter, message)
        .about(name, raw_value)
        .expected(match known {
            [] => "no parameter".to_owned(),
            _ => format!("one of {}", known.join(", ")),
        });
    match nearest(name, known.iter().copied()) {
        Some(word) => error.hint(&format!("did you mean {word}?")),
        None => error,
    }
}

/// The known word that was most likely meant, if one is near enough to be worth a hint.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // What is compared is kept short, since the time goes with the product of the lengths.
    let word: String = word.chars().take(64).flat_map(char::to_lowercase).collect();
    let likeness = |known: &str| strsim::jaro_winkler(&word, known);
    let best = known.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.8).then_some(best)
}

/// Decodes `%20` and `+`. The error says what was expected.
fn decode(raw: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()];
                hex_byte(digits).ok_or("two hexadecimal digits after each percent sign")?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| "UTF-8 text, percent-encoded")
}

fn hex_byte(digits: [Option<u8>; 2]) -> Option<u8> {
    let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
    u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    const KNOWN: &[&[&str]] = &[&["q", "lat"], &["limit", "explain", "amenities"]];

    fn params(raw: &str) -> Params {
        Params::parse(Some(raw), KNOWN).unwrap()
    }

    fn error(raw: &str) -> String {
        Params::parse(Some(raw), KNOWN).unwrap_err().to_string()
    }

    #[test]
    fn values_are_decoded_as_browsers_and_curl_encode_them() {
        let params = params("q=caf%C3%A9+near%20me&&limit=5&");
        assert_eq!(params.text("q").unwrap(), Some("café near me"));
        assert_eq!(params.whole("limit", 1..=100).unwrap(), Some(5));
        assert_eq!(params.number("lat", -90.0..=90.0).unwrap(), None);
        assert!(!params.flag("explain").unwrap());
    }

    #[test]
    fn what_is_no_utf_8_or_no_percent_encoding_is_refused_by_name() {
        assert_eq!(
            error("q=%FF%FE"),
            "q must be UTF-8 text, percent-encoded, not \"%FF%FE\""
        );
        for raw in ["q=%", "q=%4", "q=%zz", "q=%+1", "q=100%"] {
            assert!(error(raw).contains("two hexadecimal digits"), "{raw}");
        }
    }

    #[test]
    fn an_unknown_parameter_is_named_with_the_nearest_known_one() {
        assert_eq!(
            error("limt=5"),
            "there is no parameter \"limt\" here; did you mean limit?"
        );
        assert_eq!(error("zzz=5"), "there is no parameter \"zzz\" here");
        assert_eq!(error("%FF=5"), "there is no parameter \"%FF\" here");
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        for value in [
            "NaN", "inf", "-inf", "1e999", "", "%205", "1,5", "0x10", "90.01",
        ] {
            let params = params(&format!("lat={value}"));
            assert!(params.number("lat", -90.0..=90.0).is_err(), "{value}");
        }
        for value in ["0", "101", "-1", "1.5", "99999999999999999999"] {
            let params = params(&format!("limit={value}"));
            assert!(params.whole("limit", 1_usize..=100).is_err(), "{value}");
        }
    }

    #[test]
    fn an_object_says_what_a_query_string_says() {
        let object = |json: &str| serde_json::from_str::<Map<String, Value>>(json).unwrap();
        let read = |json: &str| Params::of_object(&object(json), KNOWN);
        let json = r#"{"q": "a&b=c", "lat": 19.5, "limit": "5", "explain": true,
                       "amenities": ["wifi", "desk,pool"]}"#;
        let params = read(json).unwrap();
        assert_eq!(params.text("q").unwrap(), Some("a&b=c"));
        assert_eq!(params.number("lat", -90.0..=90.0).unwrap(), Some(19.5));
        assert_eq!(params.whole("limit", 1..=100).unwrap(), Some(5));
        assert!(params.flag("explain").unwrap());
        let items: Vec<&str> = params.list("amenities").collect();
        assert_eq!(items, ["wifi", "desk", "pool"]);
        let params = read(r#"{"q": null, "amenities": []}"#).unwrap();
        assert_eq!(params.text("q").unwrap(), None);
        assert_eq!(params.list("amenities").count(), 0);
        assert!(read(r#"{"q": ["a", "b"]}"#).unwrap().text("q").is_err());
        for bad in [r#"{"q": {}}"#, r#"{"q": [["a"]]}"#, r#"{"limt": 5}"#] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_a_list_may_be_repeated() {
        let params = params("amenities=wifi,desk&amenities=pool&q=a&q=b");
        let items: Vec<&str> = params.list("amenities").collect();
        assert_eq!(items, ["wifi", "desk", "pool"]);
        let error = params.text("q").unwrap_err();
        assert_eq!(error.to_string(), "q is given more than once");
        assert_eq!(error.into_response().status(), StatusCode::BAD_REQUEST);
    }
}
