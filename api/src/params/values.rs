//! The query parameters of a request, decoded but not yet read.
//!
//! The query string is parsed here rather than by a library, because every error names the
//! parameter, the value and the accepted values, and because unknown parameters are errors: a
//! misspelt filter that is silently ignored would show a student the wrong rooms.

use axum::http::StatusCode;

use super::scalar::one_of;
use super::spelling::did_you_mean;
use crate::http::error::{ApiError, Code};

/// The parameters of one request, decoded, in their order.
#[derive(Debug)]
pub(crate) struct Params(Vec<(&'static str, String)>);

impl Params {
    /// Parses a raw query string with parameters of the known names.
    pub(super) fn parse(raw: Option<&str>, known: &[&'static str]) -> Result<Params, ApiError> {
        let pairs = raw.unwrap_or_default().split('&');
        let pairs = pairs.filter(|pair| !pair.is_empty());
        let parsed = pairs.map(|pair| {
            let (raw_name, raw_value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(raw_name).unwrap_or_else(|_| raw_name.to_owned());
            let name = find(&name, raw_value, known)?;
            let value = decode(raw_value)
                .map_err(|expected| ApiError::parameter(name, raw_value, expected))?;
            Ok((name, value))
        });
        Ok(Params(parsed.collect::<Result<_, ApiError>>()?))
    }

    /// Parameters that were read from something else than a query string.
    pub(super) fn of(values: Vec<(&'static str, String)>) -> Params {
        Params(values)
    }

    /// The value of a parameter that may be given once.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut values = self.values(name);
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(second) => Err(duplicate_parameter(name, second)),
        }
    }

    /// The items of a parameter that may be a comma-separated list, repeated, or both.
    pub(crate) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values(name).flat_map(|value| value.split(','))
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let given = self.0.iter().filter(move |(given, _)| *given == name);
        given.map(|(_, value)| value.as_str())
    }
}

/// The known parameter of that name.
fn find(name: &str, raw_value: &str, known: &[&'static str]) -> Result<&'static str, ApiError> {
    let found = known.iter().find(|&&known| known == name);
    found
        .copied()
        .ok_or_else(|| unknown_parameter(name, raw_value, known))
}

/// The error for a parameter that is given more than once.
pub(crate) fn duplicate_parameter(name: &str, value: &str) -> ApiError {
    let message = format!("{name} is given more than once");
    ApiError::new(StatusCode::BAD_REQUEST, Code::DuplicateParameter, message)
        .with_field(name, value)
        .with_expected("one value")
}

/// The error for a parameter that is not among the known ones.
pub(crate) fn unknown_parameter(name: &str, raw_value: &str, known: &[&str]) -> ApiError {
    let message = format!("there is no parameter {name:?} here");
    let error = ApiError::new(StatusCode::BAD_REQUEST, Code::UnknownParameter, message)
        .with_field(name, raw_value)
        .with_expected(match known {
            [] => "no parameter".to_owned(),
            _ => one_of(known.iter().copied()),
        });
    match did_you_mean(name, known.iter().copied()) {
        Some(hint) => error.with_hint(&hint),
        None => error,
    }
}

/// Decodes `%20` and `+`. The error states what was expected.
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
    use crate::params::declaration::{Group, Param, QueryParams, params};
    use crate::params::list::List;
    use crate::params::scalar::{Flag, Number, Text, Whole};
    use axum::response::IntoResponse;

    params! {
        /// Parameters of these tests.
        const TEST;

        /// A text.
        Q: Text = Param::new("q", Text { chars_max: 100 });

        /// A number.
        LAT: Number = Param::new("lat", Number { min: -90.0, max: 90.0 });

        /// A whole number.
        LIMIT: Whole<u32> = Param::new("limit", Whole { min: 1, max: 100 });

        /// A flag.
        EXPLAIN: Flag = Param::new("explain", Flag);

        /// A list.
        AMENITIES: List<Text> = Param::new("amenities", List::of(Text { chars_max: 100 }));
    }

    #[derive(Debug)]
    struct TestParams;

    impl QueryParams for TestParams {
        const GROUPS: &'static [Group] = &[TEST];
    }

    fn params(raw: &str) -> Params {
        TestParams::parse(Some(raw)).unwrap()
    }

    fn error(raw: &str) -> String {
        TestParams::parse(Some(raw)).unwrap_err().to_string()
    }

    #[test]
    fn values_are_decoded_as_browsers_and_curl_encode_them() {
        let params = params("q=caf%C3%A9+near%20me&&limit=5&");
        assert_eq!(params.text("q").unwrap(), Some("café near me"));
        assert_eq!(LIMIT.read(&params).unwrap(), Some(5));
        assert_eq!(LAT.read(&params).unwrap(), None);
        assert_eq!(EXPLAIN.read(&params).unwrap(), None);
    }

    #[test]
    fn invalid_utf_8_and_percent_encoding_are_rejected_by_name() {
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
    fn invalid_numbers_are_rejected() {
        for value in [
            "NaN", "inf", "-inf", "1e999", "", "%205", "1,5", "0x10", "90.01",
        ] {
            let params = params(&format!("lat={value}"));
            assert!(LAT.read(&params).is_err(), "{value}");
        }
        for value in ["0", "101", "-1", "1.5", "99999999999999999999"] {
            let params = params(&format!("limit={value}"));
            assert!(LIMIT.read(&params).is_err(), "{value}");
        }
    }

    #[test]
    fn only_a_list_may_be_repeated() {
        let params = params("amenities=wifi,desk&amenities=pool&q=a&q=b");
        assert_eq!(AMENITIES.read(&params).unwrap(), ["wifi", "desk", "pool"]);
        let error = Q.read(&params).unwrap_err();
        assert_eq!(error.to_string(), "q is given more than once");
        assert_eq!(error.into_response().status(), StatusCode::BAD_REQUEST);
    }
}
