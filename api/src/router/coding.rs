//! Chooses the content coding of a response, and rejects requests that accept none.

use axum::extract::Request;
use axum::http::header::{ACCEPT_ENCODING, HeaderValue, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::error::{ApiError, Code};

/// A content coding of responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Identity,
}

/// The weight of a coding in thousandths.
type Weight = u16;

/// Replaces `Accept-Encoding` by the chosen coding, which the compression applies. A request that
/// accepts neither is rejected before it is answered: RFC 9110 allows to send it an answer that it
/// cannot read, but a client that excludes even plain bytes means it. This error is sent as plain
/// bytes, since there is nothing else to send.
pub(super) async fn choose_coding(mut request: Request, next: Next) -> Response {
    if !request.headers().contains_key(ACCEPT_ENCODING) {
        return next.run(request).await;
    }
    match Coding::choose(request.headers()) {
        Some(coding) => {
            let coding = HeaderValue::from_static(coding.name());
            request.headers_mut().insert(ACCEPT_ENCODING, coding);
            next.run(request).await
        }
        None => not_acceptable(request.headers()).into_response(),
    }
}

fn not_acceptable(headers: &HeaderMap) -> ApiError {
    let given = members(headers).collect::<Vec<_>>().join(",");
    let expected = "a list that accepts gzip or identity";
    ApiError::parameter("accept-encoding", &given, expected)
        .with_status(StatusCode::NOT_ACCEPTABLE, Code::NotAcceptable)
        .with_header(VARY, HeaderValue::from_static("accept-encoding"))
}

impl Coding {
    fn name(self) -> &'static str {
        match self {
            Coding::Gzip => "gzip",
            Coding::Identity => "identity",
        }
    }

    /// The coding of the highest weight, as RFC 9110 defines them in section 12.5.3: a coding that
    /// is not listed has the weight of `*`. Without that it is not acceptable, except identity,
    /// which is the last choice. Unknown codings and malformed weights are ignored.
    fn choose(headers: &HeaderMap) -> Option<Coding> {
        let (mut gzip, mut identity, mut any) = (None, None, None);
        for member in members(headers) {
            let (name, weight) = match member.split_once(';') {
                Some((name, weight)) => (name.trim(), parse_weight(weight.trim())),
                None => (member.trim(), Some(1000)),
            };
            let listed = match name {
                "*" => &mut any,
                name if name.eq_ignore_ascii_case("gzip") => &mut gzip,
                name if name.eq_ignore_ascii_case("x-gzip") => &mut gzip,
                name if name.eq_ignore_ascii_case("identity") => &mut identity,
                _ => continue,
            };
            *listed = (*listed).max(weight);
        }
        let gzip = gzip.or(any).unwrap_or(0);
        match identity.or(any) {
            _ if gzip > 0 && identity.or(any).is_none_or(|identity| gzip >= identity) => {
                Some(Coding::Gzip)
            }
            Some(0) => None,
            _ => Some(Coding::Identity),
        }
    }
}

fn members(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(','))
}

/// Parses `q=0.125`, with at most three digits after the point.
fn parse_weight(text: &str) -> Option<Weight> {
    let number = text.strip_prefix("q=").or(text.strip_prefix("Q="))?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !["0", "1"].contains(&whole) || fraction.len() > 3 || !is_digits {
        return None;
    }
    let thousandths = format!("{whole}{fraction:0<3}").parse().ok();
    thousandths.filter(|weight| *weight <= 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(value: &str) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        headers.append(ACCEPT_ENCODING, HeaderValue::from_str(value).unwrap());
        Coding::choose(&headers)
    }

    #[test]
    fn the_coding_of_the_highest_weight_is_chosen() {
        for (value, expected) in [
            ("", Some(Coding::Identity)),
            ("gzip", Some(Coding::Gzip)),
            ("X-GZIP", Some(Coding::Gzip)),
            ("gzip, deflate, br, zstd", Some(Coding::Gzip)),
            ("br", Some(Coding::Identity)),
            ("*", Some(Coding::Gzip)),
            ("*;q=0.5, identity", Some(Coding::Identity)),
            ("gzip;q=0", Some(Coding::Identity)),
            ("gzip;q=0.001", Some(Coding::Gzip)),
            ("gzip;q=0.4, identity;q=0.5", Some(Coding::Identity)),
            ("gzip; q=0.5 , identity;q=0.5", Some(Coding::Gzip)),
            ("gzip, identity;q=0", Some(Coding::Gzip)),
            ("identity, *;q=0", Some(Coding::Identity)),
            ("identity;q=0, *", Some(Coding::Gzip)),
            ("gzip;q=2", Some(Coding::Identity)),
            ("identity;q=0", None),
            ("br;q=1, *;q=0", None),
            ("*;q=0", None),
            ("*;q=0.000", None),
            ("identity;q=0, gzip;q=0", None),
            ("identity;q=0, br", None),
        ] {
            assert_eq!(chosen(value), expected, "{value:?}");
        }
    }

    #[test]
    fn only_weights_of_the_standard_are_read() {
        let cases = [
            ("q=1", Some(1000)),
            ("q=1.000", Some(1000)),
            ("Q=0.05", Some(50)),
            ("q=0.", Some(0)),
            ("q=1.001", None),
            ("q=0.0001", None),
            ("q=.5", None),
            ("q=-1", None),
            ("level=9", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_weight(text), expected, "{text}");
        }
    }
}
