//! The web origins whose pages may call the API.

use std::str::FromStr;

use axum::http::{HeaderValue, Uri};

/// The origins that browsers let call the API (CORS): all by default. Callers authenticate by a
/// header that pages have to set themselves and not by a cookie, so a page of another origin cannot
/// act for a signed-in user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Option<Vec<HeaderValue>>);

/// A text that is neither `*` nor a list of origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected * or origins such as https://example.com, separated by commas")]
pub struct OriginsError;

impl Origins {
    /// The allowed origins; `None` for all.
    pub(crate) fn listed(&self) -> Option<&[HeaderValue]> {
        self.0.as_deref()
    }
}

impl FromStr for Origins {
    type Err = OriginsError;

    /// Parses `*`, or origins that are separated by commas.
    fn from_str(text: &str) -> Result<Origins, OriginsError> {
        if text.trim() == "*" {
            return Ok(Origins(None));
        }
        let origins = text.split(',').map(|origin| parse(origin.trim()));
        let origins: Option<Vec<HeaderValue>> = origins.collect();
        origins.map(|all| Origins(Some(all))).ok_or(OriginsError)
    }
}

/// An origin as browsers send it: without a path, and without the port that its scheme implies.
fn parse(text: &str) -> Option<HeaderValue> {
    let uri: Uri = text.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let default_port = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let is_origin = text == format!("{scheme}://{authority}")
        && !authority.as_str().contains('@')
        && !authority.host().is_empty()
        && text == text.to_lowercase()
        && !text.contains('*')
        && authority.port_u16() != Some(default_port);
    is_origin
        .then(|| HeaderValue::from_str(text).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_origins_or_a_list_as_browsers_send_them() {
        assert_eq!("*".parse(), Ok(Origins::default()));
        let origins: Origins = "https://example.com, http://localhost:3000"
            .parse()
            .unwrap();
        assert_eq!(origins.listed().unwrap().len(), 2);
        for bad in [
            "",
            "example.com",
            "https://example.com/",
            "https://example.com/path",
            "https://Example.com",
            "https://example.com:443",
            "https://user@example.com",
            "ftp://example.com",
            "https://example.com,",
            "https://*.example.com",
            "null",
            "*,https://example.com",
        ] {
            assert_eq!(bad.parse::<Origins>(), Err(OriginsError), "{bad}");
        }
    }
}
