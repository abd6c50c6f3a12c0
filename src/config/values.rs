//! Parsers of configuration values. Each returns whether the text is valid.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Parses a value that `FromStr` validates.
pub(super) fn parse<T: FromStr>(text: &str, into: &mut T) -> bool {
    match text.parse() {
        Ok(value) => {
            *into = value;
            true
        }
        Err(_) => false,
    }
}

/// Parses a number in a range.
pub(super) fn parse_in<T: FromStr + PartialOrd>(
    text: &str,
    range: RangeInclusive<T>,
    into: &mut T,
) -> bool {
    parse(text, into) && range.contains(into)
}

/// Parses a number in a range into a value that may be absent.
pub(super) fn parse_some_in(
    text: &str,
    range: RangeInclusive<usize>,
    into: &mut Option<usize>,
) -> bool {
    let mut number = 0;
    let is_valid = parse_in(text, range, &mut number);
    *into = Some(number);
    is_valid
}

/// Parses milliseconds in a range.
pub(super) fn parse_ms(text: &str, range: RangeInclusive<u64>, into: &mut Duration) -> bool {
    let mut ms = 0;
    let is_valid = parse_in(text, range, &mut ms);
    *into = Duration::from_millis(ms);
    is_valid
}

/// Parses a length of a word in characters.
pub(super) fn parse_chars(text: &str, into: &mut u8) -> bool {
    parse_in(text, 1..=64, into)
}

/// Parses the path of an existing file. Its content is checked when it is read.
pub(super) fn parse_file(text: &str, into: &mut Option<PathBuf>) -> bool {
    let file = PathBuf::from(text);
    let is_file = file.is_file();
    *into = Some(file);
    is_file
}

/// Whether a file contains certificates in PEM format, and nothing that is damaged.
#[cfg(feature = "rustls")]
pub(super) fn has_certificates(file: &str) -> bool {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    let Ok(mut certificates) = CertificateDer::pem_file_iter(file) else {
        return false;
    };
    certificates.next().is_some_and(|first| first.is_ok()) && certificates.all(|next| next.is_ok())
}

/// Without rustls no key that names certificates is supported, which is reported instead.
#[cfg(not(feature = "rustls"))]
pub(super) fn has_certificates(_: &str) -> bool {
    true
}

/// Whether a text is a name that Postgres allows for a slot. Such a name is also a safe file name.
pub(super) fn is_name(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// Whether a text is the URL of a NATS server or cluster.
#[cfg(feature = "nats")]
pub(super) fn is_nats_url(text: &str) -> bool {
    text.parse::<roost_indexer::NatsUrl>().is_ok()
}

/// Without the feature `nats` a URL of NATS is reported as unsupported, not as invalid.
#[cfg(not(feature = "nats"))]
pub(super) fn is_nats_url(_: &str) -> bool {
    true
}

/// Whether a text is the URL of an SMTP server.
#[cfg(feature = "smtp")]
pub(super) fn is_smtp_url(text: &str) -> bool {
    roost_market::mail::Mailer::smtp(text, "roost@localhost").is_ok()
}

/// Without the feature `smtp` a URL of SMTP is reported as unsupported, not as invalid.
#[cfg(not(feature = "smtp"))]
pub(super) fn is_smtp_url(_: &str) -> bool {
    true
}
